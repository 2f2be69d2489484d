/** Whatever is sent to the receivers, signed or not: an answer of the contract, no crash, no growth, and the next webhook is taken. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostileWebhook, statusesFor, type HostileWebhook } from "../support/hostile-bodies.ts";
import {
  eventBody,
  jiraBody,
  notionBody,
  notionToken,
  sign,
  signSha256,
} from "../support/receiver.ts";
import { printedSeedNumber } from "../support/seed.ts";
import { waitFor } from "../support/wait.ts";

const bodiesAtOnce = 40;
const bodiesAll = 20_000;
/** What a process may grow by that has warmed up: the heap of V8 breathes. */
const growthBytesMax = 100 * 1024 * 1024;

let child: ChildProcess;
let port: number;
let said = "";
const agent = new Agent({ keepAlive: true, maxSockets: bodiesAtOnce });

beforeAll(async () => {
  const script = join(import.meta.dirname, "../support/receiver-child.ts");
  const started = spawn(process.execPath, ["--max-semi-space-size=4", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child = started;
  started.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  started.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  port = await waitFor("the receiver to listen", () => {
    const found = /listening on (\d+)/.exec(said)?.[1];
    return found === undefined ? undefined : Number(found);
  });
});

afterAll(async () => {
  agent.destroy();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "close");
  }
});

function signatureHeaders({ vendor, body, signed }: HostileWebhook): Record<string, string> {
  if (!signed) {
    return {};
  }
  switch (vendor) {
    case "pagerduty":
      return { "x-pagerduty-signature": sign(body) };
    case "notion":
      return { "x-notion-signature": signSha256(body, notionToken) };
    case "jira":
      return { "x-hub-signature": signSha256(body) };
  }
}

/** Gives the status; rejects where the connection broke without one. */
async function send(webhook: HostileWebhook): Promise<number> {
  const { vendor, body, contentType, encoding, chunked } = webhook;
  const headers = {
    ...signatureHeaders(webhook),
    ...(contentType === undefined ? {} : { "content-type": contentType }),
    ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    ...(chunked
      ? { "transfer-encoding": "chunked" }
      : { "content-length": String(body.byteLength) }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const path = `/webhooks/${vendor}`;
  const outgoing = request({ port, host: "127.0.0.1", method: "POST", path, agent, headers });
  outgoing.on("response", (response) => {
    response.resume();
    response.on("end", () => {
      resolve(response.statusCode ?? 0);
    });
    response.on("error", reject);
  });
  outgoing.on("error", (error) => {
    reject(new Error(`no answer: ${error.message}`, { cause: error }));
  });
  if (chunked) {
    const half = Math.floor(body.byteLength / 2);
    outgoing.write(body.subarray(0, half));
    outgoing.end(body.subarray(half));
  } else {
    outgoing.end(body);
  }
  return promise;
}

function plain(vendor: HostileWebhook["vendor"], body: string): HostileWebhook {
  return {
    vendor,
    body: Buffer.from(body),
    signed: true,
    contentType: "application/json",
    encoding: undefined,
    chunked: false,
  };
}

/** A valid webhook of each vendor, in vain or not. */
async function validStatuses(): Promise<number[]> {
  return Promise.all([
    send(plain("pagerduty", eventBody("PT4KHLK"))),
    send(plain("notion", notionBody())),
    send(plain("jira", jiraBody())),
  ]);
}

/** Resident memory of the receiver; 0 where the system does not tell. */
function residentBytes(): number {
  try {
    const status = readFileSync(`/proc/${String(child.pid)}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  } catch {
    return 0;
  }
}

/** Statuses that were answered at all: what is generated has to reach every one of them. */
const seen = new Set<number>();

async function play(runs: number, seed: number): Promise<void> {
  const webhooks = fc.array(hostileWebhook, { minLength: bodiesAtOnce, maxLength: bodiesAtOnce });
  await fc.assert(
    fc.asyncProperty(webhooks, async (batch) => {
      const statuses = await Promise.all(batch.map(send));
      statuses.forEach((status) => seen.add(status));
      const wrong = batch.flatMap((webhook, at) => {
        const status = statuses[at] ?? 0;
        return statusesFor(webhook).includes(status)
          ? []
          : [{ status, ...webhook, body: webhook.body.subarray(0, 300).toString("latin1") }];
      });
      expect(wrong).toEqual([]);
    }),
    { seed, numRuns: runs, endOnFailure: true },
  );
}

describe("hostile webhooks", () => {
  it("get an answer of the contract, all 20,000, and leave the receiver as it was", async () => {
    const seed = printedSeedNumber("hostile webhooks");
    const runs = bodiesAll / bodiesAtOnce;
    expect(await validStatuses()).toEqual([202, 202, 202]);
    // The first tenth warms it up: code is compiled, the heap finds its size.
    await play(runs / 10, seed);
    const before = residentBytes();
    await play((runs / 10) * 9, seed + 1);
    const after = residentBytes();
    expect(await validStatuses()).toEqual([202, 202, 202]);
    expect([...seen].toSorted((a, b) => a - b)).toEqual([202, 401, 413, 415]);
    expect([child.exitCode, said.replace(/^listening on \d+\n/, "")]).toEqual([null, ""]);
    expect(after - before).toBeLessThan(growthBytesMax);
  });

  it("are taken for what they are: a signature of the wrong vendor or place is none", async () => {
    const body = Buffer.from(eventBody("PT4KHLK"));
    const own = { ...plain("pagerduty", body.toString()), signed: false };
    expect(await send(own)).toBe(401);
    expect(await send({ ...own, vendor: "jira" })).toBe(401);
    expect(await send({ ...own, vendor: "notion" })).toBe(401);
  });
});
