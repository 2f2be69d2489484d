/** A real browser for tests: the machine's own chromium, without a window. */

import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** Starts it; undefined, with one loud line, where there is none. With CI set that is a failure. */
export async function openBrowser(): Promise<Browser | undefined> {
  const executablePath = await findBrowser();
  if (executablePath === undefined) {
    const reason = `no browser was found in PATH (${names.join(", ")}): apt-get install chromium`;
    if (process.env["CI"] === "true") {
      throw new Error(reason);
    }
    process.stderr.write(`\nSKIPPED: ${reason}\n\n`);
    return undefined;
  }
  // As root, and in containers, chromium's own sandbox does not start; the pages are ours.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

async function findBrowser(): Promise<string | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of paths) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) {
      return path;
    }
  }
  return undefined;
}
