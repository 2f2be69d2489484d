/** The contract of the process: what it says when it cannot start, who may own a directory, how it ends. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownNotes, untilWhole } from "../support/incidents.ts";
import { viewsOf } from "../support/pages.ts";
import { freePort } from "../support/ports.ts";
import { spawnService, type ServiceProcess } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";
import { openWorld, type World } from "../support/world.ts";

const required = [
  "PAGERDUTY_WEBHOOK_SECRET",
  "PAGERDUTY_API_TOKEN",
  "NOTION_TOKEN",
  "NOTION_POSTMORTEMS_ID",
  "NOTION_ACTION_ITEMS_ID",
];

/** Valid settings; nobody answers at these vendors. */
const valid: Readonly<Record<string, string>> = {
  PAGERDUTY_WEBHOOK_SECRET: "whsec-of-the-process-test",
  PAGERDUTY_API_TOKEN: "pd-token-of-the-process-test",
  PAGERDUTY_API_URL: "http://127.0.0.1:9",
  NOTION_TOKEN: "ntn_token-of-the-process-test",
  NOTION_API_URL: "http://127.0.0.1:9",
  NOTION_POSTMORTEMS_ID: "11111111-1111-4111-8111-111111111111",
  NOTION_ACTION_ITEMS_ID: "22222222-2222-4222-8222-222222222222",
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "debrief-process-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function spawn(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<ServiceProcess> {
  return spawnService({
    port: await freePort(),
    env: { STORE_URL: `file:${join(directory, "data")}`, ...env },
    args,
  });
}

/** Runs a process that is meant to refuse; gives what it said and its exit code. */
async function refusal(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly said: string }> {
  await using service = await spawn(env, args);
  await waitFor("the process to refuse and end", () => !service.isRunning(), 20_000);
  return { code: await service.kill("SIGKILL"), said: service.output() };
}

describe("a process that cannot start", () => {
  it("prints every missing setting by name, and nothing else to read", async () => {
    const { code, said } = await refusal({});
    expect(code).toBe(1);
    expect(said).toContain("CONFIG_INVALID");
    expect(required.filter((name) => !said.includes(`${name} is missing`))).toEqual([]);
    expect(said, "an error in plain words").not.toMatch(/\n\s+at /u);
  });

  it("prints problems of different kinds at once, without a secret's value", async () => {
    const { NOTION_TOKEN: _, ...rest } = valid;
    const { code, said } = await refusal(
      { ...rest, PORT: "many", CREATE_ON: "never", NOTION_POSTMORTEMS_ID: "no id", JIRA_URL: "x" },
      ["--role=boss"],
    );
    expect(code).toBe(1);
    const named = ["NOTION_TOKEN", "PORT", "CREATE_ON", "NOTION_POSTMORTEMS_ID", "JIRA_API_TOKEN"];
    expect([...named, "--role"].filter((name) => !said.includes(name))).toEqual([]);
    expect(said).not.toContain("of-the-process-test");
  });

  it("refuses a part of the JIRA_ settings and names the others", async () => {
    const { code, said } = await refusal({ ...valid, JIRA_URL: "https://acme.atlassian.net" });
    expect(code).toBe(1);
    const others = ["JIRA_EMAIL", "JIRA_API_TOKEN", "JIRA_PROJECT", "JIRA_ISSUE_TYPE"];
    expect(others.filter((name) => !said.includes(name))).toEqual([]);
  });

  it.each(["worker", "receiver"])("refuses --role=%s on an embedded store", async (role) => {
    const { code, said } = await refusal(valid, [`--role=${role}`]);
    expect(code).toBe(1);
    expect(said).toContain("STORE_URL");
    expect(said).toContain(`--role=${role}`);
  });

  it("refuses a role that does not exist and an argument that it does not know", async () => {
    const role = await refusal(valid, ["--role=boss"]);
    expect([role.code, role.said]).toEqual([1, expect.stringContaining("--role must be one of")]);
    const argument = await refusal(valid, ["--rolle=worker"]);
    expect([argument.code, argument.said]).toEqual([1, expect.stringContaining("--rolle=worker")]);
  });

  it("refuses an unreadable secret file and a secret that is given twice", async () => {
    const { NOTION_TOKEN: token = "", ...rest } = valid;
    const missing = join(directory, "no-such-file");
    const unreadable = await refusal({ ...rest, NOTION_TOKEN_FILE: missing });
    expect(unreadable.code).toBe(1);
    expect(unreadable.said).toContain(`NOTION_TOKEN_FILE names ${missing}`);
    const twice = await refusal({ ...rest, NOTION_TOKEN: token, NOTION_TOKEN_FILE: missing });
    expect(twice.code).toBe(1);
    expect(twice.said).toContain("NOTION_TOKEN and NOTION_TOKEN_FILE are both set");
  });

  it("refuses a store that it does not know, without showing a password in its URL", async () => {
    const { code, said } = await refusal({ ...valid, STORE_URL: "mysql://me:hunter2@db/debrief" });
    expect(code).toBe(1);
    expect(said).toContain("STORE_URL");
    expect(said).not.toContain("hunter2");
  });
});

describe("a running process", () => {
  let world: World;

  beforeEach(async () => {
    world = await openWorld({ env: { LOG_LEVEL: "trace" } });
  });

  afterEach(async () => {
    await world[Symbol.asyncDispose]();
  });

  it("keeps a second process off its directory, naming its pid, and goes on", async () => {
    const owner = await world.start();
    const second = await world.start({ wait: false, port: await freePort() });
    await waitFor("the second process to end", () => !second.isRunning(), 20_000);
    expect(await second.kill("SIGKILL")).toBe(1);
    expect(second.output()).toContain("STORE_DIRECTORY_IN_USE");
    expect(second.output()).toContain(`process ${String(owner.pid)} `);
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200);
  });

  it("takes secrets from files", async () => {
    const environment = { ...world.pagerduty.environment(), ...world.notion.environment() };
    const files: Record<string, string> = {};
    for (const name of ["PAGERDUTY_WEBHOOK_SECRET", "PAGERDUTY_API_TOKEN", "NOTION_TOKEN"]) {
      const path = join(directory, name);
      await writeFile(path, `${environment[name] ?? ""}\n`);
      files[`${name}_FILE`] = path;
      // Empty is how compose and Kubernetes leave a variable out.
      environment[name] = "";
    }
    await using byFile = await openWorld({ env: { ...environment, ...files } });
    // The vendors of the first world know these tokens and send to its address.
    await byFile.start({ port: Number(new URL(world.url).port) });
    const incident = world.trigger({ title: "Checkout is down", priority: "P1" });
    await untilWhole(world, incident);
    expect(world.pagesOf(incident)).toHaveLength(1);
  });

  it("answers /livez, /readyz, /metrics and /openapi.yaml, and nothing that it does not know", async () => {
    await world.start();
    const answers = await Promise.all(
      ["/livez", "/readyz", "/metrics", "/openapi.yaml", "/", "/webhooks/nobody"].map(
        async (path) => {
          const response = await fetch(`${world.url}${path}`);
          return [path, response.status, await response.text()] as const;
        },
      ),
    );
    expect(Object.fromEntries(answers.map(([path, status]) => [path, status]))).toEqual({
      "/livez": 200,
      "/readyz": 200,
      "/metrics": 200,
      "/openapi.yaml": 200,
      "/": 404,
      "/webhooks/nobody": 404,
    });
    const bodies = Object.fromEntries(answers.map(([path, , body]) => [path, body]));
    expect(bodies["/metrics"]).toMatch(/^# TYPE debrief_webhooks_total counter$/mu);
    expect(bodies["/openapi.yaml"]).toMatch(/^openapi: /mu);
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "drains on %s in the middle of a create, ends with 0 in time, and nothing is lost",
    async (signal) => {
      const service = await world.start();
      world.notion.faults.add({
        kind: "latency",
        match: { method: "POST", path: "^/v1/pages$" },
        delayMs: 700,
        times: 1,
      });
      const incident = world.trigger({ title: "Checkout is down", priority: "P1" });
      await waitFor(
        "the create to be under way",
        () => world.notion.faults.counts()["latency"] === 1,
      );
      const began = Date.now();
      const code = await service.kill(signal);
      expect([code, code === 0 ? "" : service.output()]).toEqual([0, ""]);
      expect(Date.now() - began, "longer than drain_s of the tests and a margin").toBeLessThan(
        7_000,
      );
      await world.start();
      const page = await untilWhole(world, incident);
      expect(world.pagesOf(incident)).toHaveLength(1);
      expect(viewsOf(page)).toHaveLength(1);
      expect(ownNotes(world, incident)).toHaveLength(1);
    },
  );

  it("writes no secret into its log, at the most talkative level, in success and failure", async () => {
    const opsToken = "ops-token-of-the-process-test";
    await using here = await openWorld({ env: { LOG_LEVEL: "trace", OPS_TOKEN: opsToken } });
    await here.start();
    here.pagerduty.faults.add({ kind: "status", match: { path: "alerts" }, status: 500, times: 1 });
    here.notion.faults.add({ kind: "reset", match: { path: "^/v1/pages" }, times: 1 });
    const incident = here.trigger({
      title: "Checkout is down",
      priority: "P1",
      alert: { summary: "5xx", details: { authorization: "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln" } },
    });
    await untilWhole(here, incident);
    here.notion.faults.add({ kind: "status", match: {}, status: 401, times: 1 });
    here.pagerduty.act({ do: "acknowledge", incident, by: "Ada Okafor" });
    await fetch(`${here.url}/metrics`, { headers: { authorization: `Bearer ${opsToken}` } });
    await here.untilResyncs(1);
    await here.stopAll("SIGTERM");
    const environment = { ...here.pagerduty.environment(), ...here.notion.environment() };
    const secrets = [
      environment["PAGERDUTY_WEBHOOK_SECRET"],
      environment["PAGERDUTY_API_TOKEN"],
      environment["NOTION_TOKEN"],
      opsToken,
      "eyJhbGciOiJIUzI1NiJ9",
    ].filter((secret) => secret !== undefined);
    expect(secrets.filter((secret) => secret.length < 16)).toEqual([]);
    const said = here.output();
    expect(said.length, "the log was read").toBeGreaterThan(500);
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
  });
});
