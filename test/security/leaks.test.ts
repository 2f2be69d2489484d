/** Secrets stay where they belong: the whole service runs, in success and failure, and whatever it wrote is searched. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { engines } from "../support/engines.ts";
import { ownNotes, untilSays, untilWhole } from "../support/incidents.ts";
import { addRow, complete, editRow, openPostMortem, untilIssue } from "../support/items.ts";
import { redisForTests, uniquePrefix } from "../support/redis.ts";
import { postAs, sha256SignatureOf, signatureOf } from "../support/signed.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type World } from "../support/world.ts";

const opsToken = "ops-token-0f3b8c61d2e94a7f";
/** In what PagerDuty's alerts and people say: masked before anything is written. */
const inAlerts = {
  title: "hunter2-title-91c4",
  summary: ["ghp", "q8Z2k1X7v5B3n9M4c6L0j8H2g5F7d1S3a9P6"].join("_"),
  bearer: "bearer-5d2e8f1a7c4b9036aa",
  note: "hunter2-note-77aa",
  update: ["AKIA", "Q7ZP3KXW9VBN2M4L"].join(""),
} as const;
/** In what people write on a row: theirs to keep in Notion and Jira, and nowhere else. */
const onRows = { outcome: "outcome-secret-4411d0", reason: "reason-secret-8812f3" } as const;

function tokensOf(world: World): Readonly<Record<string, string>> {
  const known: Record<string, string> = {
    ...world.pagerduty.environment(),
    ...world.notion.environment(),
    ...world.jira.environment(),
    NOTION_WEBHOOK_TOKEN: world.notion.environment()["NOTION_WEBHOOK_TOKEN"] ?? "",
  };
  const { JIRA_EMAIL: email = "", JIRA_API_TOKEN: jira = "" } = known;
  const credentials = Buffer.from(`${email}:${jira}`).toString("base64");
  const named = Object.entries(known).filter(([name]) => /TOKEN|SECRET/.test(name));
  return { ...Object.fromEntries(named), OPS_TOKEN: opsToken, JIRA_CREDENTIALS: credentials };
}

interface Played {
  readonly incident: string;
  readonly row: string;
  /** As they were shown while there was one: a later run heals it. */
  readonly deadLetters: string;
}

/** Incidents, an item with its issue, a conflict, refusals, a dead letter, junk: what a bad week writes. */
async function playEverything(world: World): Promise<Played> {
  const { pagerduty, notion, jira } = world;
  const { incident, page } = await openPostMortem(world, `Down, password=${inAlerts.title}`);
  const summary = `deploy used ${inAlerts.summary}`;
  const details = { headers: { authorization: `Bearer ${inAlerts.bearer}` } };
  pagerduty.act({ do: "addAlert", incident, alert: { summary, severity: "critical", details } });
  pagerduty.act({ do: "note", incident, content: `try password: ${inAlerts.note} first` });
  pagerduty.act({
    do: "statusUpdate",
    incident,
    message: `key ${inAlerts.update} is out. The end`,
  });
  await untilSays(world, incident, "The end");

  const outcome = `rotated api_key=${onRows.outcome}`;
  const row = addRow(world, page, "Rotate the key", { ...complete, Outcome: outcome });
  const { key } = await untilIssue(world, row);
  // Every vendor refuses the token once, and says it back, as does what can't be retried.
  for (const vendor of [pagerduty, notion, jira] as const) {
    const [token = ""] = Object.entries(vendor.environment())
      .filter(([name]) => /^(PAGERDUTY_API|NOTION|JIRA_API)_TOKEN$/.test(name))
      .map(([, value]) => value);
    const body = {
      error: { code: 2006, message: `token ${token} is wrong`, errors: [] },
      code: "unauthorized",
      message: `token ${token} is wrong`,
      errorMessages: [`token ${token} is wrong`],
    };
    vendor.faults.add({ kind: "status", match: {}, status: 401, body, times: 1 });
  }
  const refused = { code: "validation_error", message: `no ${tokensOf(world)["NOTION_TOKEN"]}` };
  editRow(world, row, "Name", "Rotate all keys");
  jira.act({ do: "edit", issue: key, summary: "Rotate keys", duedate: "2026-12-30" });
  editRow(world, row, "Status", "Won't do");
  editRow(world, row, "Reason", `secret=${onRows.reason}`);
  await untilIssue(world, row, "one of the titles", ({ summary: said }) =>
    said.endsWith("all keys"),
  );
  const dead = notion.faults.add({
    kind: "status",
    match: { method: "POST", path: "^/v1/pages$" },
    status: 400,
    body: { object: "error", status: 400, ...refused },
  });
  world.trigger({ title: `Refused, token=${inAlerts.title}`, priority: "P1" });
  const deadLetters = await waitFor("a dead letter", async () => {
    const answer = await ask(world, "/api/v1/dead-letters");
    return answer.includes("NOTION_REJECTED") ? answer : undefined;
  });
  notion.faults.remove(dead);
  pagerduty.act({ do: "resolve", incident, by: "Ada Okafor" });
  await sendJunk(world);
  await untilWhole(world, incident);
  await world.untilResyncs(2);
  return { incident, row, deadLetters };
}

/** Webhooks that are forged, unreadable or too large; each holds a secret. */
async function sendJunk(world: World): Promise<void> {
  const { PAGERDUTY_WEBHOOK_SECRET: secret = "", JIRA_WEBHOOK_SECRET: jira = "" } = tokensOf(world);
  const body = JSON.stringify({ password: inAlerts.note, token: opsToken });
  const url = `${world.url}/webhooks`;
  const signature = signatureOf(body, secret);
  await postAs(`${url}/pagerduty`, body, { "x-pagerduty-signature": signature });
  await postAs(`${url}/pagerduty`, body, { "x-pagerduty-signature": secret });
  await postAs(`${url}/jira`, body, { "x-hub-signature": sha256SignatureOf(body, jira) });
  await postAs(`${url}/notion`, body, { authorization: `Bearer ${opsToken}` });
  await fetch(`${world.url}/api/v1/incidents/x?token=${opsToken}`, {
    headers: { authorization: `Bearer not-${opsToken}` },
  });
}

async function ask(world: World, path: string): Promise<string> {
  const headers = { authorization: `Bearer ${opsToken}` };
  return (await fetch(`${world.url}${path}`, { headers })).text();
}

/** Everything that the operator can read. */
async function shown(world: World, ids: Played): Promise<string> {
  const paths = [
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.yaml",
    `/api/v1/incidents/${ids.incident}`,
    `/api/v1/action-items/${ids.row}`,
    "/api/v1/dead-letters",
    "/api/v1/quarantine",
  ];
  const answers = await Promise.all(paths.map((path) => ask(world, path)));
  expect(answers.filter((text) => text.includes("OPERATOR_REQUIRED"))).toEqual([]);
  return [...answers, ids.deadLetters].join("\n");
}

/** What stands at the vendors that we wrote or may have written. */
async function written(world: World, ids: Played): Promise<string> {
  const { NOTION_API_URL: url = "", NOTION_TOKEN: token = "" } = world.notion.environment();
  const headers = { authorization: `Bearer ${token}`, "notion-version": "2026-03-11" };
  const comments = await fetch(`${url}/v1/comments?block_id=${ids.row}`, { headers });
  expect(comments.status).toBe(200);
  const notes = ownNotes(world, ids.incident);
  return JSON.stringify([world.notion.pages(), world.jira.issues(), notes, await comments.json()]);
}

/** Names of the secrets that stand in a text. */
function found(secrets: Readonly<Record<string, string>>, text: string): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => secret.split(",").some((each) => text.includes(each)))
    .map(([name]) => name);
}

async function filesIn(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const texts = entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(join(entry.parentPath, entry.name), "latin1"));
  return (await Promise.all(texts)).join("\n");
}

interface Watched extends AsyncDisposable {
  readonly world: World;
  /** All that ever went into the store, or lies in it. */
  stored(): Promise<string>;
}

async function openWatched(engine: (typeof engines)[number]): Promise<Watched | undefined> {
  const env = { LOG_LEVEL: "trace", OPS_TOKEN: opsToken };
  const timing = { unauthorized_pause_s: 0.5 };
  if (engine === "embedded") {
    const world = await openWorld({ jira: {}, env, timing });
    return {
      world,
      stored: () => filesIn(join(world.directory, "data")),
      [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
    };
  }
  const redis = await redisForTests();
  if (redis === undefined) {
    return undefined;
  }
  const monitor = await new Redis(redis.url).monitor();
  const commands: string[] = [];
  monitor.on("monitor", (_time: string, args: string[]) => commands.push(args.join(" ")));
  const unsafe = { ...env, ALLOW_UNSAFE_REDIS: String(redis.pid === undefined) };
  const redisPrefix = uniquePrefix();
  const storeUrl = redis.url;
  const world = await openWorld({ jira: {}, env: unsafe, timing, storeUrl, redisPrefix });
  return {
    world,
    stored: () => Promise.resolve(commands.join("\n")),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      monitor.disconnect();
      await redis.stop();
    },
  };
}

describe.each(engines)("on the %s engine, secrets", { timeout: 150_000 }, (engine) => {
  it("stand in no log, answer, metric, record, page, issue or comment", async ({ skip }) => {
    await using watched = (await openWatched(engine)) ?? skip();
    const { world } = watched;
    await world.start();
    const ids = await playEverything(world);
    const tokens = tokensOf(world);
    expect(Object.values(tokens).filter((token) => token.length < 16)).toEqual([]);
    const api = await shown(world, ids);
    const store = await watched.stored();
    await world.stopAll("SIGTERM");
    const places = { log: world.output(), api, store, storeAtEnd: await watched.stored() };
    const all = { ...tokens, ...inAlerts, ...onRows };
    const leaks = Object.entries(places).map(([place, text]) => [place, found(all, text)]);
    expect(Object.fromEntries(leaks)).toEqual({ log: [], api: [], store: [], storeAtEnd: [] });
    const atVendors = await written(world, ids);
    expect(found({ ...tokens, ...inAlerts }, atVendors)).toEqual([]);

    // What was searched is what was meant: each place holds what it should.
    const isThere = [
      places.log.includes("Unauthorized"),
      api.includes("NOTION_REJECTED"),
      store.includes(ids.row),
      atVendors.includes("[masked: GitHub token]"),
      atVendors.includes(onRows.outcome),
    ];
    expect(isThere).toEqual([true, true, true, true, true]);
  });
});
