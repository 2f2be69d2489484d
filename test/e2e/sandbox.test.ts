/** The promises of `npm run sandbox`: it prints an environment that works, and ends when told. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../../sandbox/main.ts", import.meta.url));
const variable = /^[A-Z_]+=\S+$/u;

interface Run {
  readonly stop: () => Promise<number>;
  /** The lines before the first empty one; rejects when the process ends before it. */
  readonly environment: Promise<Record<string, string>>;
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>;
}

function runSandbox(variables: Record<string, string>): Run {
  const child = spawn(process.execPath, [main], { env: variables, stdio: "pipe" });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = once(child, "close").then(() => ({
    code: child.exitCode ?? -1,
    stderr: said.stderr,
  }));

  async function readEnvironment(): Promise<Record<string, string>> {
    await expect.poll(() => said.stdout, { timeout: 10_000 }).toContain("\n\n");
    const lines = said.stdout.split("\n\n")[0]?.split("\n") ?? [];
    expect(lines.filter((line) => !variable.test(line))).toEqual([]);
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  }

  async function stop(): Promise<number> {
    child.kill("SIGTERM");
    return (await ended).code;
  }

  const environment = Promise.race([
    readEnvironment(),
    ended.then(({ stderr }) => Promise.reject(new Error(`the sandbox ended: ${stderr}`))),
  ]);
  // Runs that are meant to fail never read it.
  environment.catch(() => undefined);
  return { stop, environment, ended };
}

describe("npm run sandbox", () => {
  it("prints all that the program needs, with which the vendors answer, and exits 0", async () => {
    const run = runSandbox({ SANDBOX_PORT: "0", WEBHOOK_TARGET: "http://127.0.0.1:9" });
    const environment = await run.environment;
    expect(Object.keys(environment)).toEqual(
      expect.arrayContaining([
        "PAGERDUTY_WEBHOOK_SECRET",
        "PAGERDUTY_API_TOKEN",
        "PAGERDUTY_API_URL",
        "PAGERDUTY_FROM",
        "NOTION_TOKEN",
        "NOTION_API_URL",
        "NOTION_POSTMORTEMS_ID",
        "NOTION_ACTION_ITEMS_ID",
      ]),
    );
    const priorities = await fetch(`${environment["PAGERDUTY_API_URL"]}/priorities`, {
      headers: {
        accept: "application/vnd.pagerduty+json;version=2",
        authorization: `Token token=${environment["PAGERDUTY_API_TOKEN"]}`,
      },
    });
    const id = environment["NOTION_POSTMORTEMS_ID"];
    const source = await fetch(`${environment["NOTION_API_URL"]}/v1/data_sources/${id}`, {
      headers: {
        authorization: `Bearer ${environment["NOTION_TOKEN"]}`,
        "notion-version": "2026-03-11",
      },
    });
    expect([priorities.status, source.status]).toEqual([200, 200]);
    expect(await run.stop()).toBe(0);
  });

  it("listens where SANDBOX_HOST says, and prints the name under which others reach it", async () => {
    const run = runSandbox({
      SANDBOX_PORT: "0",
      SANDBOX_HOST: "0.0.0.0",
      SANDBOX_PUBLIC_HOST: "sandbox",
      WEBHOOK_TARGET: "http://127.0.0.1:9",
    });
    const { PAGERDUTY_API_URL: url = "", NOTION_API_URL: other = "" } = await run.environment;
    expect([new URL(url).hostname, new URL(other).hostname]).toEqual(["sandbox", "sandbox"]);
    const { port } = new URL(url);
    const answer = await fetch(`http://127.0.0.1:${port}/_sandbox/settings`);
    expect(answer.status).toBe(200);
    expect(await run.stop()).toBe(0);
  });

  it("says which variable is wrong, or that a port is taken, and exits 1", async () => {
    const wrong = await runSandbox({ SANDBOX_PORT: "many" }).ended;
    expect(wrong).toEqual({
      code: 1,
      stderr: expect.stringContaining("SANDBOX_PORT must be a whole number"),
    });
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const taken = await runSandbox({ SANDBOX_PORT: String(port) }).ended;
    holder.close();
    expect(taken).toEqual({ code: 1, stderr: expect.stringContaining("EADDRINUSE") });
  });
});
