/** Webhooks of Notion and Jira through the server: the same promises as PagerDuty's, and their own. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { itemLabel } from "../domain/action-item.ts";
import { pageId } from "../domain/keys.ts";
import {
  dataSources,
  eventBody,
  jiraBody,
  notionBody,
  notionToken,
  now,
  openWorld,
  post,
  postJira,
  postNotion,
  postTo,
  row,
  secret,
  signSha256,
} from "../../test/support/receiver.ts";

const vendors = [
  {
    vendor: "notion",
    header: "x-notion-signature",
    key: notionToken,
    useful: notionBody(),
    hint: `action-item:${row}`,
    useless: notionBody("comment.created"),
    send: postNotion,
  },
  {
    vendor: "jira",
    header: "x-hub-signature",
    key: secret,
    useful: jiraBody(),
    hint: "issue:10042",
    useless: jiraBody({ webhookEvent: "sprint_started" }),
    send: postJira,
  },
] as const;

describe.each(vendors)("a webhook of $vendor", (one) => {
  const { vendor, header, key, useful, hint, useless, send } = one;

  it("is accepted once what it names is durable", async () => {
    const writing = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    await using world = openWorld({
      append() {
        writing.resolve();
        return written.promise;
      },
    });
    let isAnswered = false;
    const answering = send(world, useful).finally(() => (isAnswered = true));
    await writing.promise;
    expect(isAnswered).toBe(false);
    written.resolve();
    const answer = await answering;
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ status: "accepted" });
    expect(world.stored).toEqual([hint]);
  });

  it("of no use is taken and leaves nothing behind", async () => {
    await using world = openWorld();
    const answer = await send(world, useless);
    expect([answer.statusCode, answer.json<{ status: string }>().status]).toEqual([202, "ignored"]);
    expect([world.stored, world.quarantined]).toEqual([[], []]);
  });

  it("that can't be read is taken, and only its hash, size and reason are kept", async () => {
    await using world = openWorld();
    const answer = await send(world, "a signed body with customer data");
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ status: "quarantined", reason: "NotJson" });
    expect(world.quarantined).toEqual([
      {
        at: now.toISOString(),
        source: vendor,
        reason: "NotJson",
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        bytes: 32,
      },
    ]);
    const lines = world.captured.lines();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ vendor, source: vendor, reason: "NotJson" });
    expect(lines.join("")).not.toContain("customer");
  });

  it("is refused with 401 without a signature, and with one that matches no secret", async () => {
    await using world = openWorld();
    const none = await send(world, useful, {});
    expect(none.statusCode).toBe(401);
    expect(none.json()).toEqual({ code: "WEBHOOK_SIGNATURE_MISSING", message: "no signature" });
    const right = signSha256(useful, key);
    for (const signature of [
      "",
      "sha256=",
      signSha256(useful, "another"),
      signSha256(useful, ""),
      signSha256(`${useful} `, key),
      right.replace("sha256=", "sha1="),
      right.slice("sha256=".length),
      `${right},${right}`,
    ]) {
      const wrong = await send(world, useful, { [header]: signature });
      expect([signature, wrong.statusCode]).toEqual([signature, 401]);
      expect(wrong.json()).toMatchObject({ code: "WEBHOOK_SIGNATURE_INVALID" });
    }
    expect(world.stored).toEqual([]);
    for (const line of world.captured.lines()) {
      expect(line).toContain(`"vendor":"${vendor}"`);
      expect(line).not.toContain(right.slice("sha256=".length));
    }
  });

  it("is refused with a signature in another vendor's header", async () => {
    await using world = openWorld();
    for (const name of ["x-notion-signature", "x-hub-signature", "x-pagerduty-signature"]) {
      const answer = await send(world, useful, { [name]: signSha256(useful, key) });
      expect([name, answer.statusCode]).toEqual([name, name === header ? 202 : 401]);
    }
  });

  it("is looked at in order: size and type, then the signature, then what it holds", async () => {
    await using world = openWorld();
    const large = " ".repeat(1024 * 1024 + 1);
    expect((await send(world, large, {})).statusCode).toBe(413);
    expect((await send(world, large)).statusCode).toBe(413);
    expect((await send(world, "x", { "content-type": "text/plain" })).statusCode).toBe(415);
    expect((await send(world, "not JSON", {})).statusCode).toBe(401);
    expect(world.quarantined).toEqual([]);
    expect((await send(world, "not JSON")).statusCode).toBe(202);
    const text = await world.metrics.render();
    for (const [outcome, count] of [
      ["refused", 3],
      ["unauthorized", 1],
      ["quarantined", 1],
    ] as const) {
      expect(text).toContain(
        `debrief_webhooks_total{vendor="${vendor}",outcome="${outcome}"} ${count}\n`,
      );
    }
  });

  it("gets 503 in time while the store is away, and is accepted after", async () => {
    let isAway = true;
    await using world = openWorld({
      append: () => (isAway ? Promise.withResolvers<never>().promise : Promise.resolve()),
      storeTimeoutMs: 100,
    });
    const answer = await send(world, useful);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers["retry-after"]).toBe("5");
    expect(answer.json()).toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect((await send(world, useless)).statusCode).toBe(202);
    expect((await send(world, useful, {})).statusCode).toBe(401);
    isAway = false;
    expect((await send(world, useful)).statusCode).toBe(202);
  });

  it("shows in the metrics how long ago it came, once one was taken", async () => {
    await using world = openWorld();
    const gauge = `debrief_webhook_last_seconds{vendor="${vendor}"}`;
    await send(world, useful, {});
    expect(await world.metrics.render()).not.toContain(gauge);
    expect(world.metrics.webhookAgeMs(vendor)).toBeUndefined();
    await send(world, useless);
    const line = (await world.metrics.render()).split("\n").find((each) => each.startsWith(gauge));
    const seconds = Number(line?.slice(gauge.length));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(60);
    expect(world.metrics.webhookAgeMs(vendor)).toBeLessThan(60_000);
  });

  it("does not silence what is said of another vendor", async () => {
    await using world = openWorld();
    await Promise.all(Array.from({ length: 50 }, () => send(world, useful, {})));
    await post(world, eventBody("P1"), {});
    const lines = world.captured.lines();
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toContain('"vendor":"pagerduty"');
  });
});

function repeatsOf(text: string, vendor: string): string | undefined {
  return new RegExp(`debrief_webhook_repeats_total\\{vendor="${vendor}"\\} (\\d+)`).exec(text)?.[1];
}

describe("a repeat", () => {
  it("of Notion is known by the event's id or its attempt, and handled like any other", async () => {
    await using world = openWorld();
    for (const event of [
      { id: "a" },
      { id: "a" },
      { id: "b" },
      { id: "c", attempt_number: 2 },
      { id: "c", attempt_number: 3 },
      {},
    ]) {
      const answer = await postNotion(world, notionBody("page.created", event));
      expect(answer.json()).toEqual({ status: "accepted" });
    }
    expect(world.stored).toHaveLength(6);
    expect(repeatsOf(await world.metrics.render(), "notion")).toBe("3");
  });

  it("of Jira is known by its identifier, and handled like any other", async () => {
    await using world = openWorld();
    const body = jiraBody();
    for (const id of ["a", "a", "b", "a"]) {
      const answer = await postJira(world, body, {
        "x-hub-signature": signSha256(body),
        "x-atlassian-webhook-identifier": id,
      });
      expect(answer.json()).toEqual({ status: "accepted" });
    }
    expect(world.stored).toHaveLength(4);
    expect(repeatsOf(await world.metrics.render(), "jira")).toBe("2");
  });

  it("is not taken for another vendor's", async () => {
    await using world = openWorld();
    await postNotion(world, notionBody("page.created", { id: "a" }));
    const body = jiraBody();
    const identifier = { "x-atlassian-webhook-identifier": "a" };
    await postJira(world, body, { "x-hub-signature": signSha256(body), ...identifier });
    expect(repeatsOf(await world.metrics.render(), "jira")).toBeUndefined();
  });
});

describe("a webhook of Notion", () => {
  it("finds its data source in whatever form its id is configured", async () => {
    const [id = ""] = dataSources.actionItems;
    for (const form of [id.replaceAll("-", ""), id.toUpperCase()]) {
      const ours = { actionItems: new Set([form]), postMortems: new Set<string>() };
      const notion = { token: notionToken, dataSources: ours };
      await using world = openWorld({ webhooks: { notion } });
      expect((await postNotion(world, notionBody())).json()).toEqual({ status: "accepted" });
      expect(world.stored).toEqual([`action-item:${row}`]);
    }
  });

  it("that shows a subscription of an old version is ignored, and how to mend that said once", async () => {
    await using world = openWorld();
    const data = { parent: { id: row, type: "database" } };
    for (let n = 0; n < 3; n += 1) {
      const answer = await postNotion(world, notionBody("page.created", { data }));
      expect(answer.json()).toEqual({ status: "ignored", reason: "DataSourceUnnamed" });
    }
    expect(world.captured.lines()).toHaveLength(1);
    expect(world.captured.lines()[0]).toContain("NOTION_WEBHOOK_VERSION");
  });
});

describe("a webhook of Jira", () => {
  it("that names several rows is accepted when all of them are durable, in one write", async () => {
    const writes: number[] = [];
    await using world = openWorld({ append: async (keys) => void writes.push(keys.length) });
    const rows = [1, 2].map((n) => pageId(row.replace(/1$/, String(n))));
    const answer = await postJira(world, jiraBody({}, { labels: rows.map(itemLabel) }));
    expect(answer.json()).toEqual({ status: "accepted" });
    expect(world.stored).toEqual(rows.map((id) => `action-item:${id}`));
    expect(writes).toEqual([2]);
  });

  it("is checked with each secret while one is being replaced", async () => {
    await using world = openWorld({ webhooks: { jira: { secrets: ["old", "next"] } } });
    const body = jiraBody();
    for (const [key, status] of [
      ["old", 202],
      ["next", 202],
      [secret, 401],
    ] as const) {
      const headers = { "x-hub-signature": signSha256(body, key) };
      expect((await postJira(world, body, headers)).statusCode).toBe(status);
    }
  });

  it("without a body is taken when signed, and how to mend that is said once", async () => {
    await using world = openWorld();
    for (const type of [{ "content-type": "application/json; charset=utf-8" }, {}, {}]) {
      const headers = { "x-hub-signature": signSha256(""), ...type };
      const url = "/webhooks/jira";
      const answer = await world.server.inject({ method: "POST", url, headers });
      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toEqual({ status: "ignored", reason: "BodyExcluded" });
    }
    const lines = world.captured.lines();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      vendor: "jira",
      code: "JIRA_BODY_EXCLUDED",
    });
    expect((await postJira(world, "", {})).statusCode).toBe(401);
  });
});

/** Recorded and published bodies, where they lie beside the project. */
const folder = new URL("../../../shared/samples/", import.meta.url);
const isHere = existsSync(new URL("notion/INDEX.md", folder));
if (!isHere) {
  process.stderr.write("webhooks: bodies of Notion and Jira skipped, they are not here\n");
}

function samples(vendor: string): { readonly name: string; readonly body: Buffer }[] {
  return [`${vendor}/`, `${vendor}/constructed/`].flatMap((path) =>
    readdirSync(new URL(path, folder))
      .filter((name) => name.endsWith(".json") && !name.startsWith("headers."))
      .map((name) => ({ name, body: readFileSync(new URL(path + name, folder)) })),
  );
}

describe.skipIf(!isHere)("recorded bodies", () => {
  it.each(vendors)("of $vendor are all taken when signed, and never otherwise", async (one) => {
    await using world = openWorld({ webhooks: { now: () => new Date("2018-01-01") } });
    const all = samples(one.vendor);
    expect(all.length).toBeGreaterThan(20);
    for (const { name, body } of all) {
      const answer = await one.send(world, body);
      expect([name, answer.statusCode]).toEqual([name, 202]);
      expect([name, answer.json<{ status: string }>().status]).not.toContain("quarantined");
      for (const at of [0, Math.floor(body.length / 2), body.length - 1]) {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const headers = { [one.header]: signSha256(body, one.key) };
        expect((await postTo(world, one.vendor, changed, headers)).statusCode).toBe(401);
      }
    }
  });

  it("of Notion lead to a row or page where they are about one of ours", async () => {
    for (const { name, body } of samples("notion")) {
      await using world = openWorld({ webhooks: { now: () => new Date("2018-01-01") } });
      await postNotion(world, body);
      const kind = world.stored.map((key) => key.split(":")[0]).join();
      const isLeaving = /^page\.(moved|deleted|undeleted)\.json$/.test(name);
      const isRow = /(^page\.|of-page).*(action-item|properties_updated\.|aggregated|echo)/.test(
        name,
      );
      const isOurs = isLeaving || (isRow && name !== "page.properties_updated.json");
      const ofRow = name.startsWith("page.created") ? "row-created" : "action-item";
      const expected = isOurs || name.startsWith("retry.") ? ofRow : "";
      expect([name, kind]).toEqual([name, name.includes("post-mortem") ? "post-mortem" : expected]);
    }
  });

  it("of Jira lead to their issue", async () => {
    for (const { name, body } of samples("jira")) {
      await using world = openWorld({ webhooks: { now: () => new Date("2018-01-01") } });
      await postJira(world, body);
      const { issue } = JSON.parse(body.toString()) as { issue: { id: string } };
      expect([name, world.stored]).toEqual([name, [`issue:${issue.id}`]]);
    }
  });
});
