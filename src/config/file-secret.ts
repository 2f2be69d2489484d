/** One secret in a file that is read again while the process runs. What can't be used is said, and the secret from before stays. */

import { readFile as readFromDisk } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveSecret } from "../domain/live-secret.ts";
import { reasonOf } from "./environment.ts";
import type { Parsed } from "./setting.ts";

export interface FileSecretOptions {
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  readonly readFile?: (path: string) => Promise<string>;
  readonly nowMs?: () => number;
}

/** Whoever refuses may do so often: a file that was just read is not read again before this. */
const readEveryMs = 1_000;
/** A file system that hangs must not hold up a webhook. */
const readTimeoutMs = 1_000;

export interface FileSecret<Value> extends LiveSecret<Value> {
  /** Reads the file; whoever asks meanwhile shares the reading. Never rejects. */
  read(): Promise<void>;
}

/** Takes the value as it was at start and where it came from; gives the value as the file says it now. */
export function openFileSecret<Value>(
  initial: Value,
  from: {
    readonly path: string;
    /** What names the file, for messages. */
    readonly name: string;
    readonly parse: (raw: string) => Parsed<Value>;
  },
  { log, readFile = readText, nowMs = Date.now }: FileSecretOptions,
): FileSecret<Value> {
  const { path, name, parse } = from;
  let value = initial;
  let reading: Promise<void> | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let complaint: string | undefined;

  async function readOnce(): Promise<void> {
    const parsed = await readAndParse(() => readFile(path), parse);
    if ("problem" in parsed) {
      if (parsed.problem !== complaint) {
        complaint = parsed.problem;
        const fields = { code: "SECRET_FILE_UNUSABLE", setting: name, path, problem: complaint };
        log.warn(fields, "a secret's file can't be used, the secret from before stays");
      }
      return;
    }
    complaint = undefined;
    // The same object as long as the file says the same: that is how a change is told.
    if (JSON.stringify(parsed.value) !== JSON.stringify(value)) {
      value = parsed.value;
      log.info({ setting: name }, "a secret was replaced in its file, the new one is used");
    }
  }

  async function read(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = undefined;
      readAtMs = nowMs();
    });
    await reading;
  }

  return {
    current: () => value,
    async isReplaced(refused) {
      if (value === refused && (reading !== undefined || nowMs() - readAtMs >= readEveryMs)) {
        await read();
      }
      return value !== refused;
    },
    read,
  };
}

async function readAndParse<Value>(
  readFile: () => Promise<string>,
  parse: (raw: string) => Parsed<Value>,
): Promise<Parsed<Value>> {
  const waiting = new AbortController();
  try {
    const late = sleep(readTimeoutMs, undefined, { signal: waiting.signal, ref: false });
    const raw = await Promise.race([readFile(), late.then(() => undefined)]);
    if (raw === undefined) {
      return { problem: "takes too long to read" };
    }
    const text = raw.trim();
    return text === "" ? { problem: "is empty" } : parse(text);
  } catch (error) {
    return { problem: `can't be read (${reasonOf(error)})` };
  } finally {
    waiting.abort();
  }
}

async function readText(path: string): Promise<string> {
  return readFromDisk(path, "utf8");
}
