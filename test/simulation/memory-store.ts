/**
 * The store in memory, for the simulation: the contract of the two real engines with the clock and chance given to it.
 * What it keeps outlives the process that uses it, as a database does; `wipe` empties it, as FLUSHALL does.
 */

import type { Vendor } from "../../src/domain/errors.ts";
import type { Key } from "../../src/domain/keys.ts";
import {
  admissionOf,
  isSettled,
  limits,
  readAudit,
  readLink,
  readQuarantine,
  writeAudit,
} from "../../src/store/limits.ts";
import type { Store } from "../../src/store/store.ts";

export interface MemoryStoreOptions {
  readonly nowMs: () => number;
  /** In [0, 1), for the pauses of gates. */
  readonly random: () => number;
  /** Absent: a store that was just born. */
  readonly disk?: Disk;
}

interface Hint {
  readonly id: string;
  readonly key: Key;
  claimedUntilMs: number;
}

interface ClosedGate {
  untilMs: number;
  failures: number;
  reason: string;
  probeUntilMs: number;
}

/** What a store keeps. */
export interface Disk {
  bornMs: number;
  serial: number;
  hints: Hint[];
  readonly counts: Map<Key, number>;
  readonly links: Map<Key, { readonly json: string; readonly unsettledSince: number | undefined }>;
  readonly leases: Map<Key, { readonly token: string; untilMs: number }>;
  readonly calls: Map<Vendor, number[]>;
  readonly gates: Map<Vendor, ClosedGate>;
  readonly watermarks: Map<string, number>;
  audit: { readonly key: string; readonly json: string }[];
  quarantine: string[];
}

/** An empty disk, born at `nowMs`. */
export function emptyDisk(nowMs: number): Disk {
  return {
    bornMs: nowMs,
    serial: 0,
    hints: [],
    counts: new Map(),
    links: new Map(),
    leases: new Map(),
    calls: new Map(),
    gates: new Map(),
    watermarks: new Map(),
    audit: [],
    quarantine: [],
  };
}

/** Loses everything that the disk held; a process that uses it goes on. */
export function wipe(disk: Disk, nowMs: number): void {
  Object.assign(disk, { ...emptyDisk(nowMs), serial: disk.serial });
}

export interface MemoryStore extends Omit<Store, "engine"> {
  readonly engine: "embedded";
  readonly disk: Disk;
}

/** Takes clock, chance and a disk; gives the store on it. */
export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  const { nowMs } = options;
  const disk = options.disk ?? emptyDisk(nowMs());
  const intake = createIntake(disk, nowMs);
  return {
    engine: "embedded",
    disk,
    ping: () => Promise.resolve(),
    epoch: () => Promise.resolve(new Date(disk.bornMs)),
    now: () => Promise.resolve(new Date(nowMs())),
    ...intake.part,
    ...createLinks(disk, nowMs),
    ...createLeases(disk, nowMs),
    ...createBudgets(disk, nowMs),
    ...createGates(disk, options),
    ...createRecords(disk, nowMs),
    maintain: () => Promise.resolve(),
    [Symbol.asyncDispose]() {
      intake.stop();
      return Promise.resolve();
    },
  };
}

type Part<Name extends keyof Store> = Pick<Store, Name>;

function createIntake(
  disk: Disk,
  nowMs: () => number,
): {
  readonly part: Part<
    "appendHints" | "takeHints" | "acknowledgeHints" | "countHints" | "hintCount"
  >;
  stop(): void;
} {
  let isStopped = false;
  const sleepers = new Set<() => void>();
  function wake(): void {
    sleepers.forEach((each) => each());
  }

  function claim(max: number): Hint[] {
    const free = disk.hints.filter((hint) => hint.claimedUntilMs <= nowMs()).slice(0, max);
    for (const hint of free) {
      hint.claimedUntilMs = nowMs() + limits.claimMs;
    }
    return free;
  }

  /** Until a hint arrives, a claim runs out or `ms` have passed. */
  async function rest(ms: number): Promise<void> {
    const claims = disk.hints.map((hint) => Math.max(1, hint.claimedUntilMs - nowMs()));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(ms, ...claims));
    sleepers.add(resolve);
    await promise;
    sleepers.delete(resolve);
    clearTimeout(timer);
  }

  const part: ReturnType<typeof createIntake>["part"] = {
    async appendHints(keys) {
      for (const key of keys) {
        disk.serial += 1;
        disk.hints.push({ id: String(disk.serial), key, claimedUntilMs: 0 });
      }
      wake();
    },
    async takeHints(max, waitMs) {
      const deadlineMs = nowMs() + waitMs;
      for (;;) {
        const taken = claim(max);
        const leftMs = deadlineMs - nowMs();
        if (taken.length > 0 || leftMs <= 0 || isStopped) {
          return { ids: taken.map(({ id }) => id), keys: taken.map(({ key }) => key) };
        }
        await rest(leftMs);
      }
    },
    async acknowledgeHints({ ids }) {
      disk.hints = disk.hints.filter((hint) => !ids.includes(hint.id));
    },
    async countHints(keys) {
      for (const key of keys) {
        disk.counts.set(key, (disk.counts.get(key) ?? 0) + 1);
      }
    },
    hintCount: (key) => Promise.resolve(disk.counts.get(key) ?? 0),
  };
  return {
    part,
    stop() {
      isStopped = true;
      wake();
    },
  };
}

/** True while the token is the current one and has not run out. */
function isHeld(disk: Disk, { key, token }: { key: Key; token: string }, nowMs: number): boolean {
  const holder = disk.leases.get(key);
  return holder?.token === token && holder.untilMs > nowMs;
}

function createLinks(
  disk: Disk,
  nowMs: () => number,
): Part<"getLink" | "putLink" | "listUnsettled"> {
  return {
    async getLink(key) {
      const json = disk.links.get(key)?.json;
      return json === undefined ? undefined : readLink(json);
    },
    async putLink(lease, link) {
      if (!isHeld(disk, lease, nowMs())) {
        return false;
      }
      disk.serial += 1;
      const unsettledSince = isSettled(link) ? undefined : disk.serial;
      disk.links.set(lease.key, { json: JSON.stringify(link), unsettledSince });
      return true;
    },
    async listUnsettled(max) {
      return [...disk.links]
        .flatMap(([key, { unsettledSince: since }]) => (since === undefined ? [] : { key, since }))
        .toSorted((a, b) => a.since - b.since)
        .slice(0, max)
        .map(({ key }) => key);
    },
  };
}

function createLeases(
  disk: Disk,
  nowMs: () => number,
): Part<"acquireLease" | "renewLease" | "releaseLease"> {
  return {
    async acquireLease(key, ttlMs) {
      const holder = disk.leases.get(key);
      if (holder !== undefined && holder.untilMs > nowMs()) {
        return { waitMs: Math.max(1, holder.untilMs - nowMs()) };
      }
      disk.serial += 1;
      const token = `lease-${String(disk.serial)}`;
      disk.leases.set(key, { token, untilMs: nowMs() + ttlMs });
      return { key, token };
    },
    async renewLease(lease, ttlMs) {
      const holder = disk.leases.get(lease.key);
      if (holder === undefined || !isHeld(disk, lease, nowMs())) {
        return false;
      }
      holder.untilMs = nowMs() + ttlMs;
      return true;
    },
    async releaseLease({ key, token }) {
      if (disk.leases.get(key)?.token === token) {
        disk.leases.delete(key);
      }
    },
  };
}

function createBudgets(disk: Disk, nowMs: () => number): Part<"admit"> {
  return {
    async admit(vendor, { limit, windowMs }) {
      const now = nowMs();
      const gate = disk.gates.get(vendor);
      if (gate !== undefined && gate.untilMs > now) {
        return admissionOf({ waitMs: gate.untilMs - now, why: "gate", reason: gate.reason });
      }
      if (gate !== undefined && gate.probeUntilMs > now) {
        return admissionOf({ waitMs: gate.probeUntilMs - now, why: "probe", reason: gate.reason });
      }
      const calls = (disk.calls.get(vendor) ?? []).filter((at) => at > now - windowMs);
      disk.calls.set(vendor, calls);
      const [oldest] = calls;
      if (calls.length >= limit && oldest !== undefined) {
        return admissionOf({ waitMs: oldest + windowMs - now + 1, why: "budget" });
      }
      calls.push(now);
      if (gate !== undefined) {
        gate.probeUntilMs = now + limits.probeMs;
      }
      return admissionOf({ waitMs: 0, probe: gate !== undefined });
    },
  };
}

function createGates(
  disk: Disk,
  { nowMs, random }: MemoryStoreOptions,
): Part<"closeGate" | "openGate" | "readGates"> {
  return {
    async closeGate(vendor, { pauseMs, reason, firstMs, maxMs }) {
      const now = nowMs();
      const before = disk.gates.get(vendor);
      const isClosed = before !== undefined && before.untilMs > now;
      const failures = isClosed ? before.failures : (before?.failures ?? 0) + 1;
      const growing =
        Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + random() / 2);
      const named = pauseMs === undefined ? growing : Math.max(pauseMs, firstMs / 2);
      const untilMs = isClosed
        ? Math.max(before.untilMs, now + (pauseMs ?? 0))
        : now + Math.ceil(named);
      disk.gates.set(vendor, { untilMs, failures, reason, probeUntilMs: 0 });
      return { until: new Date(untilMs), failures, reason, pauseMs: untilMs - now };
    },
    async openGate(vendor) {
      if ((disk.gates.get(vendor)?.untilMs ?? 0) <= nowMs()) {
        disk.gates.delete(vendor);
      }
    },
    async readGates() {
      return Object.fromEntries(
        [...disk.gates].map(([vendor, { untilMs, failures, reason }]) => [
          vendor,
          { until: new Date(untilMs), failures, reason },
        ]),
      );
    },
  };
}

function createRecords(
  disk: Disk,
  nowMs: () => number,
): Part<
  "getWatermark" | "putWatermark" | "appendAudit" | "listAudit" | "quarantine" | "listQuarantine"
> {
  return {
    async getWatermark(name) {
      const at = disk.watermarks.get(name);
      return at === undefined ? undefined : new Date(at);
    },
    async putWatermark(name, at) {
      disk.watermarks.set(name, at.getTime());
    },
    async appendAudit(entry) {
      disk.audit.push({ key: entry.key, json: writeAudit(entry) });
    },
    async listAudit(key, max) {
      const rows = disk.audit.filter((one) => one.key === key).toReversed();
      const kept = rows.slice(0, Math.min(max, limits.auditPerKeyMax));
      return readAudit(kept.map(({ json }) => json));
    },
    async quarantine(entry) {
      disk.quarantine = [JSON.stringify(entry), ...disk.quarantine].slice(0, limits.quarantineMax);
    },
    listQuarantine: () => Promise.resolve(readQuarantine(disk.quarantine, new Date(nowMs()))),
  };
}
