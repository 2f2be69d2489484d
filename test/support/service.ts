/** The service as a process of its own, as an operator starts it; killed however a test wants. */

import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { waitFor } from "./wait.ts";

const root = join(import.meta.dirname, "../..");

export interface ServiceProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Everything it wrote to stdout and stderr so far. */
  output(): string;
  /** Sends the signal and waits for the end; gives the exit code, null when a signal ended it. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
  isRunning(): boolean;
}

export interface ServiceOptions {
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Starts `src/main.ts` as `npm start` does, with nothing but the given environment; does not wait for it to be ready. */
export function spawnService(options: ServiceOptions): ServiceProcess {
  const child = spawn(
    process.execPath,
    ["--max-semi-space-size=4", join(root, "src/main.ts"), ...(options.args ?? [])],
    {
      cwd: root,
      env: {
        PATH: process.env["PATH"],
        HOST: "127.0.0.1",
        PORT: String(options.port),
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  async function kill(signal: NodeJS.Signals): Promise<number | null> {
    if (isRunning(child)) {
      child.kill(signal);
    }
    return ended;
  }
  return {
    url: `http://127.0.0.1:${String(options.port)}`,
    pid: child.pid ?? -1,
    output: () => output,
    kill,
    isRunning: () => isRunning(child),
    [Symbol.asyncDispose]: async () => {
      await kill("SIGKILL");
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/**
 * Waits until `/readyz` says 200. Fails at once, with what it printed, when the process has ended. The default is
 * for a machine on which several embedded databases are made at the same time; how long a start may take is
 * another test's business.
 */
export async function untilReady(service: ServiceProcess, withinMs = 50_000): Promise<void> {
  try {
    await waitFor(
      "the service to be ready",
      async () => {
        if (!service.isRunning()) {
          return "ended" as const;
        }
        const answer = await fetch(`${service.url}/readyz`);
        // Read in full: a body left open fails later, on its own, when the service is killed.
        await answer.arrayBuffer();
        return answer.ok;
      },
      withinMs,
    );
  } catch (error) {
    throw new Error(`the service is not ready:\n${service.output()}`, { cause: error });
  }
  if (!service.isRunning()) {
    throw new Error(`the service ended instead of becoming ready:\n${service.output()}`);
  }
}
