/** Tokens and webhook secrets are replaced in their files while the service runs: no restart, no storm, no gap. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Vendor } from "../../src/domain/errors.ts";
import { openAnyWorld } from "../support/engines.ts";
import { addRow, issuesOf, openPostMortem, untilIssue } from "../support/items.ts";
import type { ServiceProcess } from "../support/service.ts";
import { eventBody, postAs, sha256SignatureOf, signatureOf } from "../support/signed.ts";
import { startTokenGuard, type TokenGuard } from "../support/token-guard.ts";
import { waitFor } from "../support/wait.ts";
import type { World } from "../support/world.ts";

const vendors = ["pagerduty", "notion", "jira"] as const;
const tokenNames = {
  pagerduty: "PAGERDUTY_API_TOKEN",
  notion: "NOTION_TOKEN",
  jira: "JIRA_API_TOKEN",
} as const;
const urlNames = {
  pagerduty: "PAGERDUTY_API_URL",
  notion: "NOTION_API_URL",
  jira: "JIRA_URL",
} as const;
const firstToken = "the-first-token-of-the-rotation";
/** How many calls may be under way when a token is revoked: the most keys at a time, each with parallel reads. */
const underWayMax = 40;

interface Guarded extends AsyncDisposable {
  readonly world: World;
  readonly guards: Readonly<Record<Vendor, TokenGuard>>;
  readonly service: ServiceProcess;
  /** Replaces what stands in a secret's file. */
  readonly write: (name: string, text: string) => Promise<void>;
}

/** The whole world with every token in a file and a guard at every vendor's door. */
async function openGuarded(timing: Readonly<Record<string, number>>): Promise<Guarded> {
  const directory = await mkdtemp(join(tmpdir(), "debrief-secrets-"));
  const guards = {
    pagerduty: await startTokenGuard("pagerduty", firstToken),
    notion: await startTokenGuard("notion", firstToken),
    jira: await startTokenGuard("jira", firstToken),
  };
  const env: Record<string, string> = {};
  for (const vendor of vendors) {
    const path = join(directory, tokenNames[vendor]);
    await writeFile(path, `${firstToken}\n`);
    env[tokenNames[vendor]] = "";
    env[`${tokenNames[vendor]}_FILE`] = path;
    env[urlNames[vendor]] = guards[vendor].url;
  }
  const world = await openAnyWorld({ jira: {}, env, timing });
  for (const vendor of vendors) {
    const known = world[vendor].environment();
    const [url = "", token = ""] = [known[urlNames[vendor]], known[tokenNames[vendor]]];
    guards[vendor].forwardTo({ url, token });
  }
  const service = await world.start();
  return {
    world,
    guards,
    service,
    write: (name, text) => writeFile(join(directory, name), text),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await Promise.all(vendors.map((vendor) => guards[vendor][Symbol.asyncDispose]()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describe("a vendor's token", () => {
  const pauseS = 1.5;
  let guarded: Guarded;
  let page: string;

  beforeAll(async () => {
    guarded = await openGuarded({ unauthorized_pause_s: pauseS, secret_files_every_s: 3_600 });
    ({ page } = await openPostMortem(guarded.world));
  });

  afterAll(async () => {
    await guarded[Symbol.asyncDispose]();
  });

  it.each(vendors)(
    "of %s that is revoked stops all calls but probes, and its replacement is found in the file",
    async (vendor) => {
      const { world, guards, service, write } = guarded;
      const guard = guards[vendor];
      const second = `the-second-token-of-${vendor}`;
      guard.accept(second);
      const before = guard.requests().length;
      const row = addRow(world, page, `Add an alert, without ${vendor}`);
      world.trigger({ title: `Without ${vendor}`, priority: "P1" });
      await waitFor("the token to be refused", () => guard.requests().length > before);
      const refusedAtMs = guard.requests()[before]?.atMs ?? 0;
      const watchedMs = 3 * pauseS * 1_000;
      await waitFor("some pauses to pass", () => Date.now() > refusedAtMs + watchedMs, 20_000);
      const refused = guard.requests().length - before;
      expect(refused).toBeLessThan(underWayMax);
      const late = guard.requests().filter(({ atMs }) => atMs > refusedAtMs + pauseS * 1_000);
      expect(late.length, "one probe in each pause").toBeLessThanOrEqual(3);

      await write(tokenNames[vendor], `${second}\n`);
      await untilIssue(world, row);
      expect(issuesOf(world, row)).toHaveLength(1);
      expect(guard.requests().at(-1)?.token).toBe(second);
      expect(service.isRunning()).toBe(true);
      expect(world.output()).toContain(`"setting":"${tokenNames[vendor]}_FILE"`);
    },
  );

  it("stays as it was when its file can't be used, which is said", async () => {
    const { world, guards, write } = guarded;
    const { notion } = guards;
    const standing = notion.requests().at(-1)?.token ?? "";
    notion.accept("a token that nobody has");
    await write("NOTION_TOKEN", "two words\n");
    await waitFor("the file to be refused", () => world.output().includes("SECRET_FILE_UNUSABLE"));
    expect(world.output()).not.toContain("two words");
    notion.accept(standing);
    const row = addRow(world, page, "Add an alert after all");
    await untilIssue(world, row);
  });
});

describe("a token that is revoked for good", () => {
  it("is tried no more than once a minute, whatever happens meanwhile", async () => {
    await using guarded = await openGuarded({ unauthorized_pause_s: 60 });
    const { world, guards } = guarded;
    const { page } = await openPostMortem(world);
    vendors.forEach((vendor) => {
      guards[vendor].accept("a token that nobody has");
    });
    for (let n = 0; n < 8; n += 1) {
      addRow(world, page, `Item ${String(n)}`);
      world.trigger({ title: `Incident ${String(n)}`, priority: "P1" });
    }
    function counts(): number[] {
      return vendors.map((vendor) => guards[vendor].requests().length);
    }
    await waitFor("PagerDuty and Notion to refuse", async () => {
      const answer = await fetch(`${world.url}/readyz`);
      const said = await answer.text();
      return said.includes("pagerduty is paused") && said.includes("notion is paused");
    });
    // Those that were under way have come back by the next resync.
    const stopAt = Date.now() + 1_500;
    await waitFor("what was under way", () => Date.now() > stopAt);
    const stopped = counts();
    const until = Date.now() + 4_000;
    await waitFor("four resyncs' time", () => Date.now() > until);
    expect(counts()).toEqual(stopped);
  });
});

describe("a webhook's secret", () => {
  const names = {
    pagerduty: "PAGERDUTY_WEBHOOK_SECRET",
    notion: "NOTION_WEBHOOK_TOKEN",
    jira: "JIRA_WEBHOOK_SECRET",
  } as const;
  const old = "the-secret-before";
  const next = "the-secret-after-it";
  let world: World;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "debrief-secrets-"));
    const env: Record<string, string> = {};
    for (const vendor of vendors) {
      await write(vendor, vendor === "notion" ? "" : old);
      env[names[vendor]] = "";
      env[`${names[vendor]}_FILE`] = join(directory, names[vendor]);
    }
    const timing = { secret_files_every_s: 3 };
    world = await openAnyWorld({ jira: {}, env, timing });
    await world.start();
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  async function write(vendor: Vendor, text: string): Promise<void> {
    await writeFile(join(directory, names[vendor]), text);
  }

  async function send(vendor: Vendor, secret: string): Promise<number> {
    const url = `${world.url}/webhooks/${vendor}`;
    const body = vendor === "pagerduty" ? eventBody("Q0ROTATION0001", "service.updated") : "{}";
    const headers = {
      pagerduty: { "x-pagerduty-signature": signatureOf(body, secret) },
      notion: { "x-notion-signature": sha256SignatureOf(body, secret) },
      jira: { "x-hub-signature": sha256SignatureOf(body, secret) },
    }[vendor];
    return (await postAs(url, body, headers)).status;
  }

  it("of Notion is found in its file after the handshake, without a restart", async () => {
    expect(await send("notion", old)).toBe(503);
    await write("notion", `${old}\n`);
    await waitFor("the token", async () => (await send("notion", old)) === 202, 2_500);
  });

  it.each(["pagerduty", "jira"] as const)(
    "of %s is replaced without one webhook being refused",
    async (vendor) => {
      expect([await send(vendor, old), await send(vendor, next)]).toEqual([202, 401]);
      await write(vendor, `${old},${next}`);
      await waitFor("both to hold", async () => (await send(vendor, next)) === 202, 2_500);
      const statuses: number[] = [];
      for (let n = 0; n < 50; n += 1) {
        statuses.push(await send(vendor, n % 2 === 0 ? old : next));
      }
      await write(vendor, next);
      for (let n = 0; n < 50; n += 1) {
        statuses.push(await send(vendor, next));
      }
      expect(new Set(statuses)).toEqual(new Set([202]));
      await waitFor("the old one to be refused", async () => (await send(vendor, old)) === 401);
    },
  );

  it("of Notion is another one after a new subscription", async () => {
    await write("notion", next);
    await waitFor("the new token", async () => (await send("notion", next)) === 202, 2_500);
    expect(await send("notion", old)).toBe(401);
  });
});
