/**
 * A real Redis for tests: REDIS_URL, else a local redis-server on a free port, else a container. Where there is none
 * the tests that need it are skipped with one loud line, and fail where CI is set.
 */

import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { waitFor } from "./wait.ts";

export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  /** Of the server; undefined where it is not ours (REDIS_URL, a container). */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** More arguments for redis-server; they win over the ones given here. */
  readonly args?: readonly string[];
  readonly port?: number;
  /** Where its files lie: give one to start again on the same data. */
  readonly directory?: string;
}

const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];

/** Starts a local redis-server whose writes survive it. Fails where none is installed. */
export async function startRedis(options: StartOptions = {}): Promise<TestRedis> {
  const port = options.port ?? (await freePort());
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "debrief-redis-")));
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, ...durable];
  const child = spawn("redis-server", [...args, ...(options.args ?? [])], { stdio: "ignore" });
  await once(child, "spawn");
  try {
    await waitFor("redis-server to answer", () => answers(port, child), 10_000);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  async function stop(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGCONT");
      child.kill("SIGKILL");
      await exited;
    }
    if (options.directory === undefined) {
      await rm(directory, { recursive: true, force: true });
    }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: child.pid,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Speaks the protocol itself, so that waiting for a Redis does not depend on what is tested. */
async function answers(port: number, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) {
    throw new Error(`redis-server exited with ${child.exitCode}`);
  }
  const socket = createConnection(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write("PING\r\n");
    const [reply] = await once(socket, "data", { signal: AbortSignal.timeout(500) });
    return String(reply).startsWith("+PONG");
  } finally {
    socket.destroy();
  }
}

/** Gives a Redis for this test file, or undefined (said loudly once) where there is none to be had. */
export async function redisForTests(): Promise<TestRedis | undefined> {
  // oxlint-disable-next-line node/no-process-env -- how a run of the tests is told about its Redis
  const { REDIS_URL: given = "", CI: ci } = process.env;
  if (given !== "") {
    return { url: given, pid: undefined, stop: leave, [Symbol.asyncDispose]: leave };
  }
  const local = await startRedis().catch(() => undefined);
  const redis = local ?? (await startContainer().catch(() => undefined));
  if (redis !== undefined) {
    return redis;
  }
  const line =
    "NO REDIS: set REDIS_URL, install redis-server or start Docker; the tests that need Redis did not run";
  if (ci === "true") {
    throw new Error(line);
  }
  process.stderr.write(`\n!!! ${line}\n\n`);
  return undefined;
}

/** It was there before the test and stays. */
function leave(): Promise<void> {
  return Promise.resolve();
}

async function startContainer(): Promise<TestRedis> {
  const { GenericContainer } = await import("testcontainers");
  const container = await new GenericContainer("redis:7-alpine")
    .withCommand(["redis-server", ...durable])
    .withExposedPorts(6379)
    .start();
  async function stop(): Promise<void> {
    await container.stop();
  }
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    pid: undefined,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A prefix that no other test uses: a Redis may be shared. */
export function uniquePrefix(): string {
  return `test-${randomUUID().slice(0, 8)}`;
}
