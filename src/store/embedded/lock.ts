/**
 * The right to a data directory. PGlite has no lock of its own, and two processes on one directory lose
 * acknowledged writes. The lock is a listening unix socket inside the directory: it dies with its owner, works
 * across containers that share a volume (a pid file would not: every container has a pid 1), and is
 * never taken from a live owner. It also carries commands of other processes, one JSON line each.
 */

import { createHash, randomUUID } from "node:crypto";
import { chmodSync, closeSync, openSync, realpathSync } from "node:fs";
import { rename, stat, unlink } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { TerminalError } from "../../domain/errors.ts";
import type { StoreLog } from "../store-log.ts";

export const Owner = z.object({
  pid: z.number(),
  host: z.string(),
  /** ISO 8601. */
  since: z.string(),
  /** Random, of this owner's life. */
  instance: z.string(),
});
export type Owner = z.infer<typeof Owner>;

export type CommandHandler = (request: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface DirectoryLock {
  readonly owner: Owner;
  /** Answers `{"op": name, …}` lines of other processes with `{"ok": …}` or `{"error": …}`. */
  readonly onCommand: (name: string, handler: CommandHandler) => void;
  release(): Promise<void>;
}

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included. */
const maxSocketPath = 103;
const socketName = "owner.sock";
/** An owner whose event loop is busy answers late; it is alive all the same. */
const answerTimeoutMs = 3_000;
/** Longer than finding a dead socket and putting one's own in its place takes. */
const takeoverMs = 150;
const maxLineBytes = 64 * 1024;
const maxAttempts = 20;

/**
 * Takes the lock of an existing directory. Throws TerminalError STORE_DIRECTORY_IN_USE naming the owner, or
 * STORE_DIRECTORY_UNUSABLE.
 */
export async function lockDirectory(directory: string, log: StoreLog): Promise<DirectoryLock> {
  const place = socketPlace(directory);
  const owner: Owner = {
    pid: process.pid,
    host: hostname(),
    since: new Date().toISOString(),
    instance: randomUUID(),
  };
  let released = false;
  const handlers = new Map<string, CommandHandler>([["owner", () => Promise.resolve(owner)]]);
  try {
    const server = await listenOrRefuse(place.path, directory, handlers);
    if (server.tookOver) {
      // Others may have found the same dead socket: when they are through, the one whose socket stands there wins.
      await sleep(takeoverMs);
    }
    const holder = await askOwner(place.path);
    if (typeof holder === "string" || holder.instance !== owner.instance) {
      await closeServer(server.server, server.sockets);
      throw inUse(directory, holder);
    }
    if (!place.inside) {
      log.warn(
        { directory, socket: place.path },
        "the path of the data directory is too long for a socket, locking it in the temporary directory",
      );
    }
    return {
      owner,
      onCommand: (name, handler) => void handlers.set(name, handler),
      async release() {
        if (!released) {
          released = true;
          await closeServer(server.server, server.sockets);
          place.close();
        }
      },
    };
  } catch (error) {
    place.close();
    throw error;
  }
}

/** Sends one command to the owner of a directory; gives its answer, or undefined where nobody owns it. */
export async function sendCommand(
  directory: string,
  request: { readonly op: string } & Readonly<Record<string, unknown>>,
  timeoutMs: number,
): Promise<unknown> {
  const place = socketPlace(directory);
  try {
    return await ask(place.path, request, timeoutMs);
  } catch (error) {
    if (isCode(error, "ENOENT", "ECONNREFUSED")) {
      return undefined;
    }
    throw error;
  } finally {
    place.close();
  }
}

interface SocketPlace {
  readonly path: string;
  readonly inside: boolean;
  close(): void;
}

/** The socket's path, kept under the limit: direct, relative, through the directory's descriptor, else by hash. */
function socketPlace(directory: string): SocketPlace {
  const real = realpathSync(directory);
  const direct = join(real, socketName);
  const near = relative(process.cwd(), direct);
  for (const path of [direct, near]) {
    if (Buffer.byteLength(path) <= maxSocketPath) {
      return { path, inside: true, close: () => undefined };
    }
  }
  if (process.platform === "linux") {
    const fd = openSync(real, "r");
    return {
      path: `/proc/self/fd/${fd}/${socketName}`,
      inside: true,
      close: () => closeSync(fd),
    };
  }
  const hash = createHash("sha256").update(real).digest("hex").slice(0, 16);
  return {
    path: join(tmpdir(), `debrief-${hash}.sock`),
    inside: false,
    close: () => undefined,
  };
}

type Holder = Owner | "silent" | "dead" | "none";

interface Listening {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

async function listenOrRefuse(
  path: string,
  directory: string,
  handlers: Map<string, CommandHandler>,
): Promise<Listening & { readonly tookOver: boolean }> {
  let tookOver = false;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const found = await identityOf(path);
    if (found !== undefined) {
      const holder = await askOwner(path);
      if (holder === "silent" || typeof holder === "object") {
        throw inUse(directory, holder);
      }
      if (holder === "dead") {
        tookOver = true;
        await removeDead(path, found);
      }
    }
    const listening = await listen(path, directory, handlers);
    if (listening !== undefined) {
      return { ...listening, tookOver };
    }
  }
  throw inUse(directory, "silent");
}

/** Undefined when another process was faster. */
async function listen(
  path: string,
  directory: string,
  handlers: Map<string, CommandHandler>,
): Promise<Listening | undefined> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(socket, handlers);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    if (isCode(error, "EADDRINUSE")) {
      return undefined;
    }
    throw new TerminalError(
      "STORE_DIRECTORY_UNUSABLE",
      `cannot make the lock of the data directory ${directory}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  chmodSync(path, 0o600);
  server.unref();
  return { server, sockets };
}

/** Moves the dead socket away first: only one process can move it, and a fresh one is put back. */
async function removeDead(path: string, found: string): Promise<void> {
  const aside = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(path, aside);
    if ((await identityOf(aside)) === found) {
      await unlink(aside);
    } else {
      await rename(aside, path);
    }
  } catch (error) {
    if (!isCode(error, "ENOENT")) {
      throw error;
    }
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    return `${ino}/${mtimeNs}`;
  } catch (error) {
    if (isCode(error, "ENOENT")) {
      return undefined;
    }
    throw error;
  }
}

async function askOwner(path: string): Promise<Holder> {
  try {
    const answer = await ask(path, { op: "owner" }, answerTimeoutMs);
    const parsed = z.object({ ok: Owner }).safeParse(answer);
    return parsed.success ? parsed.data.ok : "silent";
  } catch (error) {
    if (isCode(error, "ENOENT")) {
      return "none";
    }
    return isCode(error, "ECONNREFUSED") ? "dead" : "silent";
  }
}

function ask(path: string, request: object, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const timer = setTimeout(() => {
      socket.destroy(new Error(`the owner did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      reject(new Error("the owner hung up"));
    });
    readLines(socket, (line) => {
      socket.end();
      try {
        resolve(JSON.parse(line));
      } catch (error) {
        reject(new Error("the owner's answer is not JSON", { cause: error }));
      }
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

const Request = z.looseObject({ op: z.string() });

function serve(socket: Socket, handlers: Map<string, CommandHandler>): void {
  socket.on("error", () => socket.destroy());
  let tail = Promise.resolve();
  readLines(socket, (line) => {
    tail = tail.then(() => answerLine(socket, line, handlers));
  });
}

async function answerLine(
  socket: Socket,
  line: string,
  handlers: Map<string, CommandHandler>,
): Promise<void> {
  const answer = await run(line, handlers);
  if (socket.writable) {
    socket.write(`${JSON.stringify(answer)}\n`);
  }
}

async function run(line: string, handlers: Map<string, CommandHandler>): Promise<object> {
  try {
    const request = Request.parse(JSON.parse(line));
    const handler = handlers.get(request.op);
    return handler === undefined
      ? { error: `unknown command ${request.op.slice(0, 40)}` }
      : { ok: (await handler(request)) ?? null };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk) => {
    rest += String(chunk);
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxLineBytes) {
      socket.destroy();
      return;
    }
    for (const line of lines) {
      onLine(line);
    }
  });
}

async function closeServer(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) {
    socket.destroy();
  }
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

function inUse(directory: string, holder: Holder): TerminalError {
  const who =
    typeof holder === "object"
      ? `process ${holder.pid} on ${holder.host} since ${holder.since}`
      : "a process that is alive but does not answer";
  return new TerminalError(
    "STORE_DIRECTORY_IN_USE",
    `the data directory ${directory} is in use by ${who}; stop it first, or give this process another directory`,
  );
}

function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.some((code) => code === error.code);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
