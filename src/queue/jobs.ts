/**
 * How a key travels through BullMQ: the queue's name, the options of a job, and the form of a failure's
 * reason. A job carries the key and nothing else.
 */

import type { JobsOptions } from "bullmq";
import { parseKey, type Key } from "../domain/keys.ts";

export const queueName = "reconcile";
export const jobName = "reconcile";

export interface KeyData {
  readonly key: string;
}

/** Unexplained failures a key may have in a row before it becomes a dead letter. */
export const attemptsMax = 20;
/** Workers that may die over one run of a key. BullMQ's default fails it at the second. */
export const stalledMax = 10;
export const deadLettersMax = 5_000;

const retention = {
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 14 * 86_400, count: deadLettersMax },
};

/**
 * Takes a key; gives the options of its job. Equal keys collapse: what comes while the key waits is
 * dropped, while it runs is kept for one more run, while it is delayed pulls it.
 */
export function jobOptions(key: string): JobsOptions {
  return {
    deduplication: { id: key, keepLastIfActive: true, reschedule: true },
    attempts: attemptsMax,
    backoff: { type: "custom" },
    ...retention,
    // A stack holds messages, and those may hold what vendors said.
    stackTraceLimit: 0,
  };
}

/** Takes what came from the queue; tells whether this version knows such a key. */
export function isKey(key: string): key is Key {
  return parseKey(key) !== undefined;
}

export const unexplainedCode = "UNEXPLAINED";
const stalledReason = "job stalled more than allowable limit";
const reasonForm = /^([A-Z][A-Z0-9_]*): ([\s\S]*)$/;
const reasonLengthMax = 500;

export interface Failure {
  readonly code: string;
  readonly reason: string;
}

/** Takes why a key failed; gives the text kept with its job, cleaned of what PostgreSQL refuses to store. */
export function formatFailure({ code, reason }: Failure): string {
  // oxlint-disable-next-line no-control-regex -- PostgreSQL refuses NUL, a terminal obeys the others
  const clean = reason.toWellFormed().replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, " ");
  return `${code}: ${Array.from(clean).slice(0, reasonLengthMax).join("")}`;
}

/** Takes the text kept with a failed job; gives code and reason. */
export function parseFailure(text: string | undefined): Failure {
  if (text === stalledReason) {
    return {
      code: "KEY_STALLED",
      reason: "the process died too often while it worked on this key",
    };
  }
  const match = reasonForm.exec(text ?? "");
  return match === null
    ? { code: unexplainedCode, reason: text ?? "" }
    : { code: match[1] ?? unexplainedCode, reason: match[2] ?? "" };
}
