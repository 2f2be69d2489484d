/**
 * `npm run demo`: sandbox and service in one go, and an incident played from trigger to resolve.
 * Stays up with the board open; with `-- --once` it checks the outcome, says it and ends with 0 or 1.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { startBoard } from "../board/board.ts";
import { startNotionSandbox, type NotionSandbox } from "../notion/sandbox.ts";
import { startPagerDutySandbox, type PagerDutySandbox } from "../pagerduty/sandbox.ts";
import { checkOutcome, timelineRows, type PlayedIncident } from "./checks.ts";
import { pickPort, startDemoService, type DemoService } from "./service.ts";
import { beforehand, chapters, storyMinutes, trigger, type Chapter } from "./story.ts";

const settleWithinMs = 30_000;
const pollMs = 100;

interface Stage {
  readonly pagerduty: PagerDutySandbox;
  readonly notion: NotionSandbox;
  /** When the incident was triggered. */
  readonly start: Date;
  /** Between chapters, for people who read along. */
  readonly pauseMs: number;
}

function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const isOnce = process.argv.includes("--once");
  say("Debrief demo: PagerDuty and Notion on this machine, no account, nothing leaves it.");
  const servicePort = await pickPort(3000);
  const webhookTarget = `http://127.0.0.1:${String(servicePort)}`;
  await using pagerduty = await startPagerDutySandbox({
    port: await pickPort(4000),
    webhookTarget,
  });
  await using notion = await startNotionSandbox({
    port: await pickPort(4001),
    settings: { queryLagMs: 300, queryLagJitterMs: 200 },
  });
  await using board = await startBoard({ pagerduty, notion, port: await pickPort(4003) });
  say("Starting the service on an embedded store …");
  await using service = await startDemoService(servicePort, {
    ...pagerduty.environment(),
    ...notion.environment(),
  });
  say(`The board: ${board.url}\n`);
  const start = new Date(Date.now() - (storyMinutes + 1) * 60_000);
  const stage = { pagerduty, notion, start, pauseMs: isOnce ? 250 : 2_500 };
  const id = await play(stage);
  const ok = await verify(stage, id, service);
  if (!isOnce) {
    say(`\nLook at the page on the board: ${board.url}`);
    say("Trigger incidents of your own there. Ctrl-C ends the demo.");
    await untilInterrupted();
  }
  process.exitCode = ok || !isOnce ? 0 : 1;
}

/** Plays every chapter; gives the incident's id. */
async function play(stage: Stage): Promise<string> {
  playChapter(stage, beforehand, undefined);
  const id = playChapter(stage, trigger, undefined);
  if (id === undefined) {
    throw new Error("the sandbox gave no incident for the trigger");
  }
  for (const chapter of chapters) {
    await sleep(stage.pauseMs);
    playChapter(stage, chapter, id);
    if (chapter === chapters[0]) {
      await tellPage(stage, id);
    }
  }
  return id;
}

function playChapter(
  stage: Stage,
  chapter: Chapter,
  incident: string | undefined,
): string | undefined {
  const at = new Date(stage.start.getTime() + chapter.minute * 60_000).toISOString();
  const minute = chapter.minute < 0 ? "before" : `+${String(chapter.minute).padStart(2, "0")} min`;
  say(`${minute.padEnd(8)} ${chapter.tells}`);
  let id = incident;
  for (const act of chapter.acts(incident ?? "")) {
    id = stage.pagerduty.act({ ...act, at }).incident?.id ?? id;
  }
  return id;
}

async function tellPage(stage: Stage, id: string): Promise<void> {
  const began = Date.now();
  const page = await untilDefined(() => findPages(stage.notion, id)[0]);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  say(
    page === undefined
      ? "         No page has appeared yet."
      : `         → The page stands in Notion ${seconds} s after the webhook, with ${String(timelineRows(page).length)} rows.`,
  );
}

function findPages(notion: NotionSandbox, id: string): ReturnType<NotionSandbox["pages"]> {
  return notion.pages("Post-mortems").filter((page) => page.properties["Incident ID"] === id);
}

async function untilDefined<Value>(look: () => Value | undefined): Promise<Value | undefined> {
  const deadline = Date.now() + settleWithinMs;
  while (Date.now() < deadline) {
    const value = look();
    if (value !== undefined) {
      return value;
    }
    await sleep(pollMs);
  }
  return undefined;
}

/** Waits for everything to be as it should; says what holds and what does not. */
async function verify(stage: Stage, id: string, service: DemoService): Promise<boolean> {
  say("\nWaiting for the page to be complete …");
  await untilDefined(() => (failedChecks(stage, id).length === 0 ? true : undefined));
  const checks = checkOutcome(stage.notion.pages("Post-mortems"), played(stage.pagerduty, id));
  for (const { ok, what, found } of checks) {
    say(`  ${ok ? "ok  " : "FAIL"} ${what}${found === undefined ? "" : ` (found ${found})`}`);
  }
  const failed = checks.filter((check) => !check.ok).length;
  if (failed > 0) {
    say(`\n${String(failed)} of ${String(checks.length)} checks failed. The service's log:\n`);
    say(service.log());
    return false;
  }
  const calls = stage.notion.calls().total;
  say(
    `\nAll ${String(checks.length)} checks hold. Calls to Notion, start-up included: ${String(calls)}.`,
  );
  return true;
}

function failedChecks(stage: Stage, id: string): unknown[] {
  const incident = played(stage.pagerduty, id);
  return checkOutcome(stage.notion.pages("Post-mortems"), incident).filter((check) => !check.ok);
}

function played(pagerduty: PagerDutySandbox, id: string): PlayedIncident {
  return { id, noteContents: pagerduty.notesOf(id) };
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
