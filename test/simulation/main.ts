/** `npm run simulate -- --runs 5000 --seed 7`: plays seeds, says which fail and how to play them again. Exit code 1 when one failed. */

import { parseArgs } from "node:util";
import { loadTemplates } from "../../src/templates/load.ts";
import { simulate, type Verdict } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    seed: { type: "string" },
    /** Tells the story and writes the service's log of each seed. */
    verbose: { type: "boolean", default: false },
    /** Tells the story of each seed, with the calls that hold one of these words: the id of a row, the key of an issue. */
    calls: { type: "string", multiple: true },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tell({ seed, problems }: Verdict): void {
  say(`seed ${String(seed)} fails:`);
  problems.slice(0, 20).forEach((problem) => say(`  - ${problem}`));
  say(`  again: npm run simulate -- --runs 1 --seed ${String(seed)} --verbose`);
}

/** What people and faults did, and between it the calls that hold one of the words. */
function tellCalls({ story, calls }: Verdict, words: readonly string[]): void {
  const lines = calls.map(({ atMs, method, path, body, ended }) => {
    const at = new Date(atMs).toISOString().slice(11, 23);
    return `${at}     ${method} ${path} ${body.slice(0, 400)} → ${String(ended)}`;
  });
  const meant = lines.filter((line) => words.some((word) => line.includes(word)));
  [...story, ...meant].toSorted((a, b) => (a.slice(0, 12) < b.slice(0, 12) ? -1 : 1)).forEach(say);
}

const templates = await loadTemplates(new URL("../../templates", import.meta.url).pathname);
const first = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const runs = Number(values.runs);
say(`${String(runs)} seeds from ${String(first)}`);
const began = performance.now();
let failed = 0;
let calls = 0;
for (let seed = first; seed < first + runs; seed += 1) {
  const verdict = await simulate(seed, {
    templates,
    ...(values.verbose ? { onLog: (line) => process.stdout.write(line) } : {}),
  });
  calls += verdict.calls.length;
  if (values.calls !== undefined) {
    tellCalls(verdict, values.calls);
  }
  if (verdict.problems.length > 0) {
    failed += 1;
    tell(verdict);
  }
  if ((seed - first + 1) % 100 === 0) {
    const seconds = (performance.now() - began) / 1000;
    say(`${String(seed - first + 1)} seeds, ${String(failed)} failed, ${seconds.toFixed(0)} s`);
  }
}
const seconds = ((performance.now() - began) / 1000).toFixed(1);
say(`${String(runs)} seeds, ${String(failed)} failed, ${String(calls)} calls, ${seconds} s`);
process.exitCode = failed > 0 ? 1 : 0;
