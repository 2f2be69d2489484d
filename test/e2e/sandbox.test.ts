/** The promises of `npm run sandbox`: it prints an environment that works, and ends when told. */

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { Server } from "node:net";
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

function portOf(address: ReturnType<Server["address"]>): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function act(url: string | undefined, body: Record<string, unknown>): Promise<void> {
  const answer = await fetch(`${url}/_sandbox/act`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

/** Whether any of the vendors' signatures is right for the body. */
function isSigned(
  body: Buffer,
  headers: IncomingHttpHeaders,
  environment: Readonly<Record<string, string>>,
): boolean {
  const signatures = [
    ["x-pagerduty-signature", "v1=", "PAGERDUTY_WEBHOOK_SECRET"],
    ["x-notion-signature", "sha256=", "NOTION_WEBHOOK_TOKEN"],
    ["x-hub-signature", "sha256=", "JIRA_WEBHOOK_SECRET"],
  ] as const;
  return signatures.some(([header, prefix, name]) => {
    const key = environment[name] ?? "";
    return headers[header] === prefix + createHmac("sha256", key).update(body).digest("hex");
  });
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
        "NOTION_WEBHOOK_TOKEN",
        "JIRA_URL",
        "JIRA_EMAIL",
        "JIRA_API_TOKEN",
        "JIRA_PROJECT",
        "JIRA_ISSUE_TYPE",
        "JIRA_WEBHOOK_SECRET",
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
    const { JIRA_URL: site, JIRA_EMAIL: email, JIRA_API_TOKEN: token } = environment;
    const myself = await fetch(`${site}/rest/api/3/myself`, {
      headers: { authorization: `Basic ${btoa(`${email}:${token}`)}` },
    });
    expect([priorities.status, source.status, myself.status]).toEqual([200, 200, 200]);
    expect(await run.stop()).toBe(0);
  });

  it("listens where SANDBOX_HOST says, and prints the name under which others reach it", async () => {
    const run = runSandbox({
      SANDBOX_PORT: "0",
      SANDBOX_HOST: "0.0.0.0",
      SANDBOX_PUBLIC_HOST: "sandbox",
      WEBHOOK_TARGET: "http://127.0.0.1:9",
    });
    const environment = await run.environment;
    const urls = ["PAGERDUTY_API_URL", "NOTION_API_URL", "JIRA_URL"].map(
      (name) => new URL(environment[name] ?? ""),
    );
    expect(urls.map(({ hostname }) => hostname)).toEqual(["sandbox", "sandbox", "sandbox"]);
    const answers = await Promise.all(
      urls.map(({ port }) => fetch(`http://127.0.0.1:${port}/_sandbox/settings`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await run.stop()).toBe(0);
  });

  it("sends webhooks of all three vendors, signed with the keys that it prints", async () => {
    const received: { readonly path: string; readonly isGenuine: boolean }[] = [];
    let environment: Record<string, string> = {};
    const receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { url: path = "", headers } = request;
        const isGenuine = isSigned(Buffer.concat(chunks), headers, environment);
        received.push({ path, isGenuine });
        response.writeHead(202).end();
      });
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const target = `http://127.0.0.1:${String(portOf(receiver.address()))}`;
    const run = runSandbox({ SANDBOX_PORT: "0", WEBHOOK_TARGET: target });
    environment = await run.environment;
    await act(environment["PAGERDUTY_API_URL"], { do: "trigger", title: "Down" });
    await act(environment["NOTION_API_URL"], { do: "addActionItem", title: "Alert on it" });
    await act(environment["JIRA_URL"], { do: "createIssue", project: "OPS", summary: "Cap it" });
    await expect
      .poll(() => [...new Set(received.map(({ path }) => path))].toSorted(), { timeout: 10_000 })
      .toEqual(["/webhooks/jira", "/webhooks/notion", "/webhooks/pagerduty"]);
    expect(received.filter(({ isGenuine }) => !isGenuine)).toEqual([]);
    expect(await run.stop()).toBe(0);
    receiver.close();
  });

  it("shows the board where it is told to, says its address beside the environment, and does without", async () => {
    const run = runSandbox({ SANDBOX_PORT: "0", SANDBOX_BOARD_PORT: "0" });
    await run.environment;
    expect(await run.stop()).toBe(0);
    expect((await run.ended).stderr).toMatch(
      /^sandbox: the board is at http:\/\/127\.0\.0\.1:\d+$/mu,
    );
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const port = String(portOf(holder.address()));
    const without = runSandbox({ SANDBOX_PORT: "0", SANDBOX_BOARD_PORT: port });
    expect(Object.keys(await without.environment)).toContain("JIRA_URL");
    expect(await without.stop()).toBe(0);
    expect((await without.ended).stderr).toContain("there is no board: listen EADDRINUSE");
    holder.close();
  });

  it("says which variable is wrong, or that a port is taken, and exits 1", async () => {
    const wrong = await runSandbox({ SANDBOX_PORT: "many" }).ended;
    expect(wrong).toEqual({
      code: 1,
      stderr: expect.stringContaining("SANDBOX_PORT must be a whole number"),
    });
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const port = portOf(holder.address());
    const taken = await runSandbox({ SANDBOX_PORT: String(port) }).ended;
    holder.close();
    expect(taken).toEqual({ code: 1, stderr: expect.stringContaining("EADDRINUSE") });
  });
});
