/** Webhook bodies as the vendors send them, through the whole process: published signatures, real shapes, odd ones. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { eventBody, post, postAs, sha256SignatureOf, signatureOf } from "../support/signed.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type World } from "../support/world.ts";

/** Published with the .NET client https://github.com/Aldaviva/PagerDuty, as PagerDuty sent and signed it. */
const published = {
  secret: "HvPtlQNKMPpHSSqJpCdndXfo7HnGXa1pnH6w5axpxLFn9aRBNBGh4e8/HlonK5mz",
  signature: "v1=3e3032b45bbe1801c13f182b0e0a7f4f3f530225cef07e3e90cbc57874d01c49",
  body: `{"event":{"id":"01FKZSRAPTMF55RE69G8BQHGC6","event_type":"incident.triggered","resource_type":"incident","occurred_at":"2025-04-07T03:47:13.414Z","agent":{"html_url":"https://aldaviva.pagerduty.com/users/PVE0ZR9","id":"PVE0ZR9","self":"https://api.pagerduty.com/users/PVE0ZR9","summary":"Ben","type":"user_reference"},"client":null,"data":{"id":"Q2CKYRLH85UNN4","type":"incident","self":"https://api.pagerduty.com/incidents/Q2CKYRLH85UNN4","html_url":"https://aldaviva.pagerduty.com/incidents/Q2CKYRLH85UNN4","number":37,"status":"triggered","incident_key":"dfead9d88e0649e8b7dee514b1875756","created_at":"2025-04-07T03:47:13Z","title":"Test","service":{"html_url":"https://aldaviva.pagerduty.com/services/PNE3JZM","id":"PNE3JZM","self":"https://api.pagerduty.com/services/PNE3JZM","summary":"Webhook Tester","type":"service_reference"},"assignees":[{"html_url":"https://aldaviva.pagerduty.com/users/PVE0ZR9","id":"PVE0ZR9","self":"https://api.pagerduty.com/users/PVE0ZR9","summary":"Ben","type":"user_reference"}],"escalation_policy":{"html_url":"https://aldaviva.pagerduty.com/escalation_policies/P482651","id":"P482651","self":"https://api.pagerduty.com/escalation_policies/P482651","summary":"Notify Ben and Dad","type":"escalation_policy_reference"},"teams":[],"priority":null,"urgency":"low","conference_bridge":null,"resolve_reason":null,"incident_type":{"name":"incident_default"}}}}`,
};

/** Recorded and documented bodies, where they lie beside the project. */
const samples = new URL("../../../shared/samples/", import.meta.url);
const folder = new URL("pagerduty/", samples);

const Vectors = z.object({
  vectors: z.array(
    z.object({
      file: z.string(),
      secret: z.string(),
      x_pagerduty_signature: z.string(),
      valid: z.boolean(),
      note: z.string().optional(),
    }),
  ),
});

interface Vector {
  readonly name: string;
  readonly body: Buffer<ArrayBuffer>;
  readonly signature: string;
  readonly valid: boolean;
}

function vectors(): Vector[] {
  const body = Buffer.from(published.body);
  const hex = published.signature.slice("v1=".length);
  const own = [
    { name: "a published delivery", signature: published.signature, valid: true },
    { name: "two signatures, the second right", signature: `v1=${"0".repeat(64)},v1=${hex}` },
    { name: "another version", signature: `v2=${hex}`, valid: false },
    { name: "upper case", signature: `v1=${hex.toUpperCase()}`, valid: false },
    { name: "cut short", signature: `v1=${hex.slice(0, 62)}`, valid: false },
    { name: "no signature in the header", signature: "", valid: false },
    { name: "another secret", signature: signatureOf(body, "another secret"), valid: false },
  ];
  const file = new URL("SIGNATURES.json", folder);
  const recorded = existsSync(file)
    ? Vectors.parse(JSON.parse(readFileSync(file, "utf8"))).vectors
    : [];
  return [
    ...own.map(({ name, signature, valid = true }) => ({ name, body, signature, valid })),
    ...recorded
      .filter(({ secret }) => secret === published.secret)
      .map((vector) => ({
        name: `${vector.file}, ${vector.note ?? "as delivered"}`,
        body: Buffer.from(readFileSync(new URL(vector.file, folder))),
        signature: vector.x_pagerduty_signature,
        valid: vector.valid,
      })),
  ];
}

interface Body {
  readonly name: string;
  readonly body: Buffer<ArrayBuffer>;
}

/** Bodies that are signed, so they get 202 whatever they hold. */
function bodies(): Body[] {
  const own: Record<string, string> = {
    "an incident's event": eventBody("Q0DEADBEEF0001"),
    "a ping": JSON.stringify({
      event: {
        id: "01CHZ6L",
        event_type: "pagey.ping",
        resource_type: "pagey",
        occurred_at: "2026-11-20T10:00:00.000Z",
        agent: null,
        client: null,
        data: { message: "Hello from your friend Pagey!", type: "ping" },
      },
    }),
    "an event of an unknown kind": eventBody("Q0DEADBEEF0002", "incident.dreamt_of"),
    "a service's event": eventBody("PF9KMXH", "service.updated"),
    "an incident id that is none": eventBody("../../users/me?x=1#y"),
    "no envelope": "[]",
    "no JSON": "{ not json",
    nothing: "null",
    "a poisoned prototype": '{"__proto__":{"admin":true},"event":{"constructor":{"prototype":1}}}',
    "a tower of brackets": "[".repeat(100_000),
    "a NUL and half a pair": eventBody("Q\u0000\uD83D"),
    "a number too large": '{"event":{"id":1e400}}',
  };
  return [...named(own), ...recordedIn("pagerduty/")];
}

function named(own: Readonly<Record<string, string>>): Body[] {
  return Object.entries(own).map(([name, body]) => ({ name, body: Buffer.from(body) }));
}

function recordedIn(path: string): Body[] {
  const here = new URL(path, samples);
  const names = existsSync(here) ? readdirSync(here) : [];
  return names
    .filter((name) => name.endsWith(".json") && !/^(SIGN|headers)/.test(name))
    .map((name) => ({ name, body: Buffer.from(readFileSync(new URL(name, here))) }));
}

const odd: Readonly<Record<string, string>> = {
  "no envelope": "[]",
  "no JSON": "{ not json",
  nothing: "null",
  "a tower of brackets": "[".repeat(100_000),
  "a number too large": '{"type":"page.created","webhookEvent":"comment_created","issue":1e400}',
};

function notionBodies(): Body[] {
  const page = JSON.stringify({
    id: "11111111-0000-4000-8000-000000000003",
    timestamp: new Date().toISOString(),
    type: "page.deleted",
    entity: { id: "eeeeeeee-0000-4000-8000-000000000001", type: "page" },
    data: { parent: { id: "dddddddd-0000-4000-8000-0000000000d1", type: "page" } },
  });
  const own = { "a page that was deleted": page, ...odd };
  return [...named(own), ...recordedIn("notion/"), ...recordedIn("notion/constructed/")];
}

function jiraBodies(): Body[] {
  const issue = JSON.stringify({
    timestamp: Date.now(),
    webhookEvent: "jira:issue_updated",
    issue: { id: "10042", key: "OPS-17", fields: { labels: ["debrief"] } },
    changelog: { id: "1", items: [{ field: "status", toString: "Done" }] },
  });
  const own = { "an issue that was changed": issue, "an excluded body": "", ...odd };
  return [...named(own), ...recordedIn("jira/"), ...recordedIn("jira/constructed/")];
}

const notionToken = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl";
const jiraSecrets = ["the secret before", "It's a Secret to Everybody"];

/** The two vendors that sign alike. */
const signingAlike = [
  { vendor: "notion", header: "x-notion-signature", keys: [notionToken], all: notionBodies() },
  { vendor: "jira", header: "x-hub-signature", keys: jiraSecrets, all: jiraBodies() },
] as const;

let world: World;
let secret: string;

beforeAll(async () => {
  world = await openWorld();
  secret = world.pagerduty.subscriptions[0]?.secret ?? "";
  await world[Symbol.asyncDispose]();
  world = await openWorld({
    env: {
      PAGERDUTY_WEBHOOK_SECRET: `${secret},${published.secret}`,
      NOTION_WEBHOOK_TOKEN: notionToken,
      JIRA_URL: "http://127.0.0.1:9",
      JIRA_EMAIL: "debrief@example.com",
      JIRA_API_TOKEN: "token-of-nobody",
      JIRA_PROJECT: "OPS",
      JIRA_ISSUE_TYPE: "Task",
      JIRA_WEBHOOK_SECRET: jiraSecrets.join(","),
    },
  });
  await world.start();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

describe("a signature", () => {
  it.each(vectors())("$name: accepted is $valid", async ({ body, signature, valid }) => {
    expect((await post(world.url, body, signature)).status).toBe(valid ? 202 : 401);
  });

  it.each(vectors().filter(({ valid }) => valid))(
    "$name: refused when any one byte changed",
    async ({ body, signature }) => {
      const places = [0, Math.floor(body.length / 2), body.length - 1];
      const statuses = await Promise.all(
        places.map(async (place) => {
          const changed = Buffer.from(body);
          changed[place] = (changed[place] ?? 0) ^ 1;
          return (await post(world.url, changed, signature)).status;
        }),
      );
      expect(statuses).toEqual([401, 401, 401]);
    },
  );

  it("is needed", async () => {
    expect((await post(world.url, eventBody("Q0DEADBEEF0003"), undefined)).status).toBe(401);
  });
});

describe("a signed body", () => {
  it.each(bodies())("is accepted, whatever it holds: $name", async ({ body }) => {
    expect((await post(world.url, body, signatureOf(body, secret))).status).toBe(202);
  });

  it("over 1 MiB is 413, and one that does not say JSON 415", async () => {
    const large = Buffer.alloc(1_048_577, " ");
    expect((await post(world.url, large, signatureOf(large, secret))).status).toBe(413);
    const text = await fetch(`${world.url}/webhooks/pagerduty`, {
      method: "POST",
      headers: { "content-type": "text/plain", "x-pagerduty-signature": signatureOf("{}", secret) },
      body: "{}",
    });
    await text.arrayBuffer();
    expect(text.status).toBe(415);
  });

  it("of any kind leaves no dead letter, no page, and the process as it was", async () => {
    await Promise.all(bodies().map(({ body }) => post(world.url, body, signatureOf(body, secret))));
    await waitFor("the queue to hold the next resync of each vendor alone", async () => {
      const metrics = await (await fetch(`${world.url}/metrics`)).text();
      const jobs = [...metrics.matchAll(/^debrief_queue_jobs\{state="(\w+)"\} (\d+)$/gmu)];
      const counts = Object.fromEntries(jobs.map(([, state, count]) => [state, Number(count)]));
      return expect.objectContaining({ waiting: 0, delayed: 3, active: 0 }).asymmetricMatch(counts);
    });
    const letters = await fetch(`${world.url}/api/v1/dead-letters`);
    expect([letters.status, await letters.json()]).toEqual([200, { deadLetters: [] }]);
    expect(world.notion.pages("Post-mortems")).toEqual([]);
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200);
  });
});

describe.each(signingAlike)("a body of $vendor", ({ vendor, header, keys, all }) => {
  function send(
    body: Buffer<ArrayBuffer>,
    signature: string,
  ): Promise<{ readonly status: number }> {
    return postAs(`${world.url}/webhooks/${vendor}`, body, { [header]: signature });
  }

  it.each(all)("is accepted when signed, and only then: $name", async ({ body }) => {
    const changed = Buffer.concat([body, Buffer.from(" ")]);
    for (const key of keys) {
      const signature = sha256SignatureOf(body, key);
      expect((await send(body, signature)).status).toBe(202);
      expect((await send(changed, signature)).status).toBe(401);
    }
    expect((await send(body, sha256SignatureOf(body, "another"))).status).toBe(401);
    expect((await send(body, signatureOf(body, keys[0]))).status).toBe(401);
  });

  it("of any kind leaves the process as it was", async () => {
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200);
  });
});

describe("before Notion's token is set", () => {
  it("a handshake is shown to the operator, and all else has to come again", async () => {
    await using unset = await openWorld({ env: { NOTION_WEBHOOK_TOKEN: "" } });
    await unset.start();
    const url = `${unset.url}/webhooks/notion`;
    const handshake = JSON.stringify({ verification_token: notionToken });
    const before = await postAs(url, notionBodies()[0]?.body ?? "", {});
    expect(before).toMatchObject({ status: 503, retryAfter: "600" });
    expect((await postAs(url, handshake, {})).status).toBe(202);
    expect((await postAs(url, handshake, {})).status).toBe(202);
    const said = await waitFor("the token in the log", () =>
      unset
        .output()
        .split("\n")
        .find((line) => line.includes(notionToken)),
    );
    expect(JSON.parse(said)).toMatchObject({ code: "NOTION_HANDSHAKE", verification: notionToken });
    expect(unset.output().split(notionToken)).toHaveLength(2);
  });
});
