/** The service as the demo runs it: a process of its own on an embedded store in a temporary directory. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = join(import.meta.dirname, "../..");
const readyWithinMs = 30_000;

// The demo tells a past incident to a store that was just born. With graces this short it need not wait
// to be sure that nobody else is creating the page or an issue; the sandbox's searches lag less. Nor do
// people who watch want to wait two minutes for a typed line to have rested.
// An issue of the sandbox gets from To Do to Done by way of two other statuses: three hops.
const demoConfig = `timing:
  notion_grace_s: 2
  jira_grace_s: 2
  to_do_rest_s: 2
  roll_up_s: 0.3
  refresh_after_s: []
jira:
  hops: 3
`;

export interface DemoService extends AsyncDisposable {
  readonly url: string;
  /** What it logged, for when something went wrong. */
  log(): string;
}

/** Gives the wanted port if it is free, else any free one. */
export async function pickPort(wanted: number): Promise<number> {
  const free = (await tryPort(wanted)) ?? (await tryPort(0));
  if (free === undefined) {
    throw new Error("no port is free on 127.0.0.1");
  }
  return free;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(undefined);
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : undefined);
      });
    });
  });
}

/** Starts the service against the sandbox and waits until it is ready. */
export async function startDemoService(
  port: number,
  environment: Readonly<Record<string, string>>,
): Promise<DemoService> {
  const directory = await mkdtemp(join(tmpdir(), "debrief-demo-"));
  await writeFile(join(directory, "debrief.yaml"), demoConfig);
  const child = spawn(process.execPath, [join(root, "src/main.ts")], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      PORT: String(port),
      STORE_URL: `file:${join(directory, "data")}`,
      DEBRIEF_CONFIG: join(directory, "debrief.yaml"),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const service: DemoService = {
    url: `http://127.0.0.1:${String(port)}`,
    log: () => log,
    async [Symbol.asyncDispose]() {
      await stop(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
  await untilReady(service, child);
  return service;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise<void>((resolve) => {
      child.once("close", () => {
        resolve();
      });
    });
    child.kill("SIGTERM");
    await ended;
  }
}

async function untilReady(service: DemoService, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`${service.url}/readyz`).catch(() => undefined);
    if (answer?.ok === true) {
      return;
    }
    await sleep(100);
  }
  await service[Symbol.asyncDispose]();
  throw new Error(`the service did not become ready. It said:\n${service.log()}`);
}
