/**
 * `npm run demo`: sandbox and service in one go, an incident played from trigger to resolve, and its action
 * items until the last is closed. Stays up with the board open; with `-- --once` it checks the outcome, says it
 * and ends with 0 or 1.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { startBoard } from "../board/board.ts";
import { startJiraSandbox } from "../jira/sandbox.ts";
import { startNotionSandbox } from "../notion/sandbox.ts";
import { startPagerDutySandbox } from "../pagerduty/sandbox.ts";
import { checkOutcome, timelineRows, type Check } from "./checks.ts";
import { checkItems } from "./item-checks.ts";
import { playItems } from "./items-story.ts";
import { pickPort, startDemoService, type DemoService } from "./service.ts";
import { findPages, rowsOf, say, seen, untilDefined, type Stage } from "./stage.ts";
import { beforehand, chapters, storyMinutes, trigger, type Chapter } from "./story.ts";

const quietMs = 3_000;

async function main(): Promise<void> {
  const isOnce = process.argv.includes("--once");
  const interrupted = untilInterrupted();
  say("Debrief demo: PagerDuty, Notion and Jira on this machine, no account, nothing leaves it.");
  const servicePort = await pickPort(3000);
  const webhookTarget = `http://127.0.0.1:${String(servicePort)}`;
  await using pagerduty = await startPagerDutySandbox({
    port: await pickPort(4000),
    webhookTarget,
  });
  await using notion = await startNotionSandbox({
    port: await pickPort(4001),
    webhookTarget,
    settings: { queryLagMs: 300, queryLagJitterMs: 200 },
  });
  await using jira = await startJiraSandbox({
    port: await pickPort(4002),
    webhookTarget,
    settings: { searchLagMs: 300, searchLagJitterMs: 200 },
  });
  notion.setWebhook();
  await using board = await startBoard({ pagerduty, notion, jira, port: await pickPort(4003) });
  say("Starting the service on an embedded store …");
  await using service = await startDemoService(servicePort, {
    ...pagerduty.environment(),
    ...notion.environment(),
    ...jira.environment(),
  });
  say(`The board: ${board.url}\n`);
  const start = new Date(Date.now() - (storyMinutes + 1) * 60_000);
  const stage = { pagerduty, notion, jira, start, pauseMs: isOnce ? 250 : 2_500 };
  const ok = await Promise.race([tellAll(stage, service), interrupted]);
  if (ok !== undefined && !isOnce) {
    say(`\nLook at the page, its action items and their cards on the board: ${board.url}`);
    say("Trigger incidents of your own there, add action items, drag cards. Ctrl-C ends the demo.");
    await interrupted;
  }
  process.exitCode = ok === true || !isOnce ? 0 : 1;
}

/** Plays the incident and then its action items; false, with the reason said, when something does not hold. */
async function tellAll(stage: Stage, service: DemoService): Promise<boolean> {
  const id = await play(stage);
  say("\nWaiting for the page to be complete …");
  function pageChecks(): Check[] {
    return checkOutcome(stage.notion.pages("Post-mortems"), played(stage, id));
  }
  if (!(await holds(pageChecks, service))) {
    return false;
  }
  say("\nThe next days: what comes out of it.");
  const [{ id: pageId } = { id: "" }] = findPages(stage, id);
  try {
    await playItems(stage, pageId);
  } catch (error) {
    say(`FAIL ${error instanceof Error ? error.message : String(error)}`);
    for (const { title, properties } of rowsOf(stage, pageId)) {
      say(`  ${title}: ${String(properties["Status"])}. Sync: ${String(properties["Sync"])}`);
    }
    say(`\nThe service's log:\n\n${service.log()}`);
    return false;
  }
  say("\nWaiting for everything to be told …");
  if (!(await holds(() => itemChecks(stage, id, pageId), service))) {
    return false;
  }
  const quiet = await checkQuiet(stage);
  tellCheck(quiet);
  if (quiet.ok) {
    const count = pageChecks().length + itemChecks(stage, id, pageId).length + 1;
    const calls = `${String(stage.notion.calls().total)} to Notion, ${String(stage.jira.calls().total)} to Jira`;
    say(`\nAll ${String(count)} checks hold. Calls, start-up included: ${calls}.`);
  }
  return quiet.ok;
}

function itemChecks(stage: Stage, incident: string, pageId: string): Check[] {
  return checkItems({
    page: findPages(stage, incident)[0],
    rows: rowsOf(stage, pageId),
    issues: stage.jira.issues(),
  });
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
  await seen(
    () => findPages(stage, id)[0],
    (page) => `The page stands in Notion, with ${String(timelineRows(page).length)} rows`,
  );
}

/** Waits for everything to be as it should; says what holds and what does not. */
async function holds(look: () => Check[], service: DemoService): Promise<boolean> {
  await untilDefined(() => (look().every(({ ok }) => ok) ? true : undefined));
  const checks = look();
  checks.forEach(tellCheck);
  const failed = checks.filter(({ ok }) => !ok).length;
  if (failed > 0) {
    say(`\n${String(failed)} of ${String(checks.length)} checks failed. The service's log:\n`);
    say(service.log());
  }
  return failed === 0;
}

function tellCheck({ ok, what, found }: Check): void {
  say(`  ${ok ? "ok  " : "FAIL"} ${what}${found === undefined ? "" : ` (found ${found})`}`);
}

/** Once all agree, nobody writes: a loop between the vendors would show here. */
async function checkQuiet(stage: Stage): Promise<Check> {
  const what = `and then it is quiet: nothing is written for ${String(quietMs / 1000)} s`;
  const deadline = Date.now() + 4 * quietMs;
  let written: string[] = [];
  do {
    const before = writesOf(stage).length;
    await sleep(quietMs);
    written = writesOf(stage).slice(before);
  } while (written.length > 0 && Date.now() < deadline);
  return {
    what,
    ok: written.length === 0,
    ...(written.length === 0 ? {} : { found: written.join(", ") }),
  };
}

function writesOf({ pagerduty, notion, jira }: Stage): string[] {
  return [pagerduty, notion, jira].flatMap((vendor) =>
    vendor
      .calls()
      .calls.filter(({ method, route }) => method !== "GET" && !/\/(?:query|search)\b/u.test(route))
      .map(({ method, route }) => `${method} ${route}`),
  );
}

function played({ pagerduty }: Stage, id: string): Parameters<typeof checkOutcome>[1] {
  return { id, noteContents: pagerduty.notesOf(id) };
}

/** From now on the first signal ends the demo in order, the service with it. */
function untilInterrupted(): Promise<undefined> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve(undefined));
    process.once("SIGTERM", () => resolve(undefined));
  });
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  })
  // What was still being waited for when a signal came is not waited for any longer.
  .finally(() => process.exit());
