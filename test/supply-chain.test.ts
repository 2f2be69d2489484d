/** What we build on is named exactly, locked by its hash, and runs no script at install that nobody allowed. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "..");

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

const Versions = z.record(z.string(), z.string());
const Manifest = z.object({
  dependencies: Versions,
  devDependencies: Versions,
  allowScripts: z.record(z.string(), z.boolean()),
});
const Locked = z.object({
  version: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  dependencies: Versions.optional(),
  devDependencies: Versions.optional(),
});
const Lock = z.object({ lockfileVersion: z.number(), packages: z.record(z.string(), Locked) });

const manifest = Manifest.parse(JSON.parse(read("package.json")));
const lock = Lock.parse(JSON.parse(read("package-lock.json")));
const named = { ...manifest.dependencies, ...manifest.devDependencies };
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

describe("dependencies", () => {
  it.each(Object.entries(named))("%s is pinned to %s, and locked so", (name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lock.packages[`node_modules/${name}`]?.version).toBe(version);
  });

  it("are those of the lock file", () => {
    expect(lock.packages[""]).toMatchObject({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
    });
  });

  it("are locked by a SHA-512 hash, every one, and come over https", () => {
    expect(packages.length).toBeGreaterThan(100);
    const unhashed = packages.filter(
      ([, { integrity }]) => integrity?.startsWith("sha512-") !== true,
    );
    expect(unhashed.map(([path]) => path)).toEqual([]);
    const elsewhere = packages.filter(
      ([, { resolved }]) => resolved?.startsWith("https://") === false,
    );
    expect(elsewhere.map(([path]) => path)).toEqual([]);
  });

  it("run no script at install but those that are decided on, and of ours only Node's own", () => {
    const scripted = packages
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.split("node_modules/").at(-1) ?? "");
    expect(scripted.filter((name) => manifest.allowScripts[name] === undefined)).toEqual([]);
    const allowed = Object.entries(manifest.allowScripts).filter(([, isAllowed]) => isAllowed);
    expect(allowed.map(([name]) => name)).toEqual(["node"]);
  });
});

describe("what decides whether a change lands", () => {
  const ci = read(".ci/run");

  it("builds the bill of materials and asks for signatures", () => {
    expect(ci).toContain("npm sbom --sbom-format cyclonedx");
    expect(ci).toContain("npm audit signatures");
  });

  it("installs without scripts in the image", () => {
    expect(read("Dockerfile")).toMatch(/npm install --omit=dev --ignore-scripts/);
  });
});
