/**
 * PGlite's file system on disk, with an fsync that is real. PGlite's own answers "done" to fsync without
 * doing it (pglite issue 1107), so an acknowledged write would not survive a power loss.
 */

import { closeSync, fsyncSync, openSync } from "node:fs";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { z } from "zod";

export interface Hooks {
  /** An fsync really happened. */
  readonly onFsync: () => void;
  /** The engine's module is there and has run nothing yet. */
  readonly onRuntime: (mod: object) => void;
}

/** Emscripten's errno for an I/O error. PostgreSQL panics on it, as it must: the page cache can't be trusted. */
const eio = 29;

const StreamOps = z.custom<{ fsync?: (stream: unknown) => number }>(
  (value) => typeof value === "object" && value !== null,
);
const RealPath = z.custom<(node: unknown) => string>((value) => typeof value === "function");
const ErrnoError = z.custom<new (errno: number) => Error>((value) => typeof value === "function");
const EmscriptenModule = z.object({
  FS: z.looseObject({
    ErrnoError,
    filesystems: z.object({
      NODEFS: z.looseObject({ stream_ops: StreamOps, realPath: RealPath }),
    }),
  }),
});
const Initialized = z.object({
  onRuntimeInitialized: z.custom<() => void>((value) => typeof value === "function"),
});
const Stream = z.object({ nfd: z.number().optional(), node: z.unknown() });

/** Takes where PGDATA lies; gives PGlite's file system over it. */
export function syncNodeFs(directory: string, hooks: Hooks): NodeFS {
  const nodeFs = new NodeFS(directory);
  const init = nodeFs.init.bind(nodeFs);
  nodeFs.init = async (database, options) => {
    const { emscriptenOpts } = await init(database, options);
    emscriptenOpts.preRun = [
      ...(emscriptenOpts.preRun ?? []),
      (mod) => {
        installFsync(mod, hooks.onFsync);
        const { onRuntimeInitialized } = Initialized.parse(mod);
        Object.assign(mod, {
          onRuntimeInitialized() {
            onRuntimeInitialized();
            hooks.onRuntime(mod);
          },
        });
      },
    ];
    return { emscriptenOpts };
  };
  return nodeFs;
}

function installFsync(mod: unknown, onFsync: () => void): void {
  const { FS } = EmscriptenModule.parse(mod);
  const { stream_ops: streamOps, realPath } = FS.filesystems.NODEFS;
  streamOps.fsync = (stream) => {
    const { nfd, node } = Stream.parse(stream);
    try {
      if (nfd === undefined) {
        fsyncDirectory(realPath(node));
      } else {
        fsyncSync(nfd);
      }
    } catch {
      // Anything but an ErrnoError would be swallowed by PGlite's message loop, and the write acknowledged.
      throw new FS.ErrnoError(eio);
    }
    onFsync();
    return 0;
  };
}

/** Emscripten opens no descriptor for a directory; its entries (new WAL segments) need the sync all the same. */
function fsyncDirectory(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
