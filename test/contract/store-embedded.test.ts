/** What only the embedded store has to promise: its directory, its disk, its own death, its backups. */

import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { cp, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { TerminalError } from "../../src/domain/errors.ts";
import { restoreEmbeddedDatabase } from "../../src/store/embedded/backup.ts";
import { openEmbeddedDatabase, type EmbeddedDatabase } from "../../src/store/embedded/database.ts";
import { lockDirectory, sendCommand } from "../../src/store/embedded/lock.ts";
import { createEmbeddedStore } from "../../src/store/embedded/store.ts";
import type { Store } from "../../src/store/store.ts";
import { key, link, memoryLog } from "../support/store-ground.ts";
import { waitFor } from "../support/wait.ts";

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "debrief-embedded-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function open(directory: string, log = memoryLog()): Promise<EmbeddedDatabase> {
  const database = await openEmbeddedDatabase(directory, { log });
  onTestFinished(() => database.close());
  return database;
}

async function codeOf(work: Promise<unknown>): Promise<TerminalError> {
  const error = await work.catch((caught: unknown) => caught);
  if (!(error instanceof TerminalError)) {
    throw new Error("expected a TerminalError", { cause: error });
  }
  return error;
}

interface Owner {
  readonly child: ChildProcess;
  readonly acknowledged: string[];
}

async function startOwner(directory: string): Promise<Owner> {
  const script = join(import.meta.dirname, "../support/store-child.ts");
  const child = spawn(process.execPath, [script, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const acknowledged: string[] = [];
  let owns = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "owner") {
      owns = true;
    } else {
      acknowledged.push(line);
    }
  });
  await waitFor("the process to own the directory", () => owns, 30_000);
  return { child, acknowledged };
}

async function kill({ child }: Owner): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

async function drain(store: Store): Promise<Set<string>> {
  const keys = new Set<string>();
  for (;;) {
    const batch = await store.takeHints(500, 0);
    if (batch.ids.length === 0) {
      return keys;
    }
    await store.acknowledgeHints(batch);
    for (const taken of batch.keys) {
      keys.add(taken);
    }
  }
}

/** Lets every further write to the log of this process' database fail with ENOSPC. */
function fillDisk(): void {
  for (const name of readdirSync("/proc/self/fd")) {
    const fd = Number(name);
    if (pathOf(fd).includes("debrief-embedded-") && pathOf(fd).includes("/pg_wal/")) {
      // The lowest free descriptor is given out next: open until the closed one is taken again.
      closeSync(fd);
      while (openSync("/dev/full", "r+") !== fd) {
        // Lower ones were free as well.
      }
    }
  }
}

function pathOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

async function write(database: EmbeddedDatabase): Promise<void> {
  const store = createEmbeddedStore(database);
  const lease = await store.acquireLease(key("P1"), 60_000);
  if ("token" in lease) {
    await store.putLink(lease, link("pending"));
  }
  await store.appendHints([key("P1")]);
}

describe("the directory", () => {
  test("is refused to a second process, which is told who owns it", async () => {
    const directory = await freshDirectory();
    const owner = await startOwner(directory);
    const error = await codeOf(openEmbeddedDatabase(directory, { log: memoryLog() }));
    expect(error.code).toBe("STORE_DIRECTORY_IN_USE");
    expect(error.message).toContain(`process ${owner.child.pid}`);
    expect(error.message).toMatch(/since \d{4}-\d\d-\d\dT/);
    await kill(owner);
    await open(directory);
  });

  test("is refused to a second opening in the same process, and free after closing", async () => {
    const directory = await freshDirectory();
    const first = await open(directory);
    const error = await codeOf(openEmbeddedDatabase(directory, { log: memoryLog() }));
    expect(error.code).toBe("STORE_DIRECTORY_IN_USE");
    await first.query("SELECT 1");
    await first.close();
    await open(directory);
  });

  test("is locked though its path is too long for a socket", async () => {
    const directory = join(await freshDirectory(), "x".repeat(120));
    const database = await open(directory);
    expect(await readdir(directory)).toContain("owner.sock");
    expect((await stat(join(directory, "owner.sock"))).mode & 0o777).toBe(0o600);
    const error = await codeOf(openEmbeddedDatabase(directory, { log: memoryLog() }));
    expect(error.message).toContain(`process ${process.pid}`);
    await database.close();
  });

  test("a dead owner's lock goes to exactly one of many that start at once", async () => {
    const directory = await freshDirectory();
    await kill(await startOwner(directory));
    expect(await readdir(directory)).toContain("owner.sock");
    const starts = Array.from({ length: 8 }, () => lockDirectory(directory, memoryLog()));
    const ends = await Promise.allSettled(starts);
    const winners = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
    expect(winners).toHaveLength(1);
    await winners[0]?.release();
    expect(ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []))).toEqual(
      Array.from({ length: 7 }, () => expect.stringContaining("in use by")),
    );
  });

  test("its owner takes commands from other processes", async () => {
    const directory = await freshDirectory();
    expect(await sendCommand(directory, { op: "owner" }, 1_000)).toBeUndefined();
    const database = await open(directory);
    database.onCommand("double", (request) => Promise.resolve(Number(request["value"]) * 2));
    database.onCommand("fail", () => Promise.reject(new Error("no")));
    async function ask(op: string): Promise<unknown> {
      return sendCommand(directory, { op, value: 21 }, 1_000);
    }
    expect(await ask("double")).toEqual({ ok: 42 });
    expect(await ask("owner")).toEqual({ ok: database.owner });
    expect(await ask("fail")).toEqual({ error: "no" });
    expect(await ask("what")).toEqual({ error: "unknown command what" });
  });

  test("a file in its place is refused with a clear code", async () => {
    const file = join(await freshDirectory(), "file");
    await writeFile(file, "");
    const error = await codeOf(openEmbeddedDatabase(file, { log: memoryLog() }));
    expect(error.code).toBe("STORE_DIRECTORY_UNUSABLE");
  });
});

describe("durability", () => {
  test("no acknowledged hint is lost when the process is killed while it writes", async () => {
    const directory = await freshDirectory();
    const acknowledged: string[] = [];
    for (let round = 1; round <= 3; round += 1) {
      const owner = await startOwner(directory);
      await waitFor("hints", () => owner.acknowledged.length > 150 * round, 30_000);
      await kill(owner);
      acknowledged.push(...owner.acknowledged);
    }
    const store = createEmbeddedStore(await open(directory));
    const kept = await drain(store);
    expect(acknowledged.filter((number) => !kept.has(key(`N${number}`)))).toEqual([]);
  });

  test("a database that acknowledges without an fsync is not opened", async () => {
    const directory = await freshDirectory();
    const database = await open(directory);
    await database.query("ALTER SYSTEM SET synchronous_commit = off");
    await database.close();
    const error = await codeOf(openEmbeddedDatabase(directory, { log: memoryLog() }));
    expect(error.code).toBe("STORE_FSYNC_MISSING");
  });

  test.skipIf(process.platform !== "linux")(
    "a full disk refuses writes, loses nothing acknowledged and is recovered from in process",
    async () => {
      const directory = await freshDirectory();
      const log = memoryLog();
      const database = await open(directory, log);
      const store = createEmbeddedStore(database);
      const listener = await database.pool.connect();
      const heard: unknown[] = [];
      listener.on("notification", (notification) => heard.push(notification));
      await listener.query("LISTEN news");
      await store.appendHints([key("O1")]);
      fillDisk();
      await expect(store.appendHints([key("O2")])).rejects.toThrow(/No space left on device/);
      await expect(store.ping()).rejects.toThrow(/reopening/);
      await waitFor("the database to be back", () => store.ping().then(() => true));
      await store.appendHints([key("O3")]);
      await database.query("SELECT pg_notify('news', 'hello')");
      await waitFor("the notification", () => heard.length > 0);
      expect(heard).toEqual([{ channel: "news", payload: "hello" }]);
      const kept = await drain(store);
      expect(kept).toContain(key("O1"));
      expect(kept).toContain(key("O3"));
      expect(log.lines.map(({ message }) => message)).toContain(
        "the embedded database stopped, reopening it",
      );
    },
  );
});

describe("the pool", () => {
  test("keeps a transaction to itself, and rolls back what was not committed", async () => {
    const { pool } = await open(await freshDirectory());
    await pool.query("CREATE TABLE public.t (i int)");
    const one = await pool.connect();
    await one.query("BEGIN");
    await one.query("INSERT INTO public.t VALUES (1)");
    let seen: unknown;
    const other = pool.query<{ n: number }>("SELECT count(*)::int AS n FROM public.t");
    void other.then(({ rows }) => (seen = rows));
    await one.query("SELECT 1");
    expect(seen).toBeUndefined();
    one.release();
    expect((await other).rows).toEqual([{ n: 0 }]);
    await expect(one.query("SELECT 1")).rejects.toThrow(/released/);
  });

  test("a failed statement does not keep the others waiting", async () => {
    const { pool } = await open(await freshDirectory());
    await expect(pool.query("SELECT broken")).rejects.toThrow(/broken/);
    await expect(pool.query("BEGIN; SELECT broken")).rejects.toThrow(/broken/);
    const many = await Promise.all(
      Array.from({ length: 50 }, (_, index) => pool.query("SELECT $1::int AS i", [index])),
    );
    expect(many.map(({ rows }) => rows[0])).toEqual(many.map((_, index) => ({ i: index })));
  });

  test("tells each listener what it asked for, until it leaves", async () => {
    const { pool } = await open(await freshDirectory());
    const heard: string[] = [];
    const [one, other] = [await pool.connect(), await pool.connect()];
    one.on("notification", ({ payload }: { payload: string }) => heard.push(`one ${payload}`));
    other.on("notification", ({ payload }: { payload: string }) => heard.push(`other ${payload}`));
    await one.query("-- a comment first\nLISTEN news;");
    await other.query("LISTEN news");
    await pool.query("NOTIFY news, 'first'");
    await waitFor("both", () => heard.length === 2);
    one.release();
    await pool.query("NOTIFY news, 'second'");
    await waitFor("the other", () => heard.includes("other second"));
    expect(heard.toSorted()).toEqual(["one first", "other first", "other second"]);
  });
});

describe("the epoch and backups", () => {
  test("a copied directory is noticed: its epoch is now", async () => {
    const directory = await freshDirectory();
    const copy = join(await freshDirectory(), "copy");
    const database = await open(directory);
    await write(database);
    await database.close();
    await cp(directory, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") });
    const log = memoryLog();
    const copied = await open(copy, log);
    expect(copied.epoch.getTime()).toBeGreaterThan(database.epoch.getTime());
    expect(log.lines.map(({ level }) => level)).toContain("warn");
    expect((await open(directory)).epoch).toEqual(database.epoch);
    await copied.close();
    expect((await open(copy)).epoch).toEqual(copied.epoch);
  });

  test("a backup made while running is restored with all it held, and its epoch is now", async () => {
    const directory = await freshDirectory();
    const file = join(directory, "dump.tgz");
    const target = join(await freshDirectory(), "restored");
    const database = await open(join(directory, "data"));
    await write(database);
    await database.backup(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(directory)).toSorted()).toEqual(["data", "dump.tgz"]);
    await restoreEmbeddedDatabase(file, target, { log: memoryLog() });
    const restored = await open(target);
    const store = createEmbeddedStore(restored);
    expect(await store.getLink(key("P1"))).toEqual(link("pending"));
    expect((await store.takeHints(10, 0)).keys).toEqual([key("P1")]);
    expect(await store.acquireLease(key("P1"), 1_000)).toHaveProperty("token");
    expect(restored.epoch.getTime()).toBeGreaterThan(database.epoch.getTime());
  });

  test("a backup is not restored over anything, and what is none is refused", async () => {
    const directory = await freshDirectory();
    const file = join(directory, "dump.tgz");
    await writeFile(file, "this is no dump");
    const log = memoryLog();
    const over = await codeOf(restoreEmbeddedDatabase(file, directory, { log }));
    expect(over.code).toBe("STORE_DIRECTORY_NOT_EMPTY");
    const target = join(directory, "target");
    const broken = await codeOf(restoreEmbeddedDatabase(file, target, { log }));
    expect(broken.code).toBe("STORE_BACKUP_UNREADABLE");
    expect(await readdir(target)).toEqual([]);
    const missing = await codeOf(restoreEmbeddedDatabase(join(directory, "no"), target, { log }));
    expect(missing.code).toBe("STORE_BACKUP_UNREADABLE");
  });

  test("a database of a newer Debrief is refused", async () => {
    const directory = await freshDirectory();
    const database = await open(directory);
    await database.query("INSERT INTO debrief.migration (version) VALUES (999)");
    await database.close();
    const error = await codeOf(openEmbeddedDatabase(directory, { log: memoryLog() }));
    expect(error.code).toBe("STORE_TOO_NEW");
  });
});
