/** Reads debrief.yaml: what does not fit into variables. Strict, and every problem names its line. */

import { checkScrubPattern } from "../domain/scrub.ts";
import { isMap, isPair, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { readNamedSecret, type Sources } from "./environment.ts";
import { parseEmail, parseSecrets, quoted } from "./setting.ts";
import { nearest } from "./suggest.ts";
import { refreshAfter, timingNames, timings, type TimingName } from "./timing.ts";

/** What the file gave; absent is what it left to the defaults. */
export interface FileSettings {
  readonly timing: Readonly<Partial<Record<TimingName, number>>>;
  readonly refreshAfterS: readonly number[] | undefined;
  readonly subscriptionSecrets: Readonly<Record<string, readonly string[]>>;
  readonly users: Readonly<Record<string, string>>;
  readonly scrub: { readonly enabled: boolean; readonly patterns: readonly string[] };
}

export const emptyFile: FileSettings = {
  timing: {},
  refreshAfterS: undefined,
  subscriptionSecrets: {},
  users: {},
  scrub: { enabled: true, patterns: [] },
};

const patternsMax = 50;
const usersMax = 5000;
const subscriptionsMax = 100;

function seconds(max: number): z.ZodNumber {
  return z.number().positive().max(max);
}

const Email = z
  .string()
  .refine((text) => "value" in parseEmail(text), { error: "must be an e-mail address" });

const Subscription = z
  .strictObject({
    secret_env: z.string().min(1).optional(),
    secret_file: z.string().min(1).optional(),
  })
  .refine((from) => (from.secret_env === undefined) !== (from.secret_file === undefined), {
    error: "needs either secret_env (a variable's name) or secret_file (a path)",
  });

const Pattern = z.string().superRefine((pattern, context) => {
  const problem = checkScrubPattern(pattern);
  if (problem !== undefined) {
    context.addIssue({ code: "custom", message: problem });
  }
});

const DebriefFile = z.strictObject({
  timing: z
    .strictObject({
      ...Object.fromEntries(
        timingNames.map((name) => [name, seconds(timings[name].max).optional()] as const),
      ),
      [refreshAfter.name]: z.array(seconds(refreshAfter.max)).max(refreshAfter.listMax).optional(),
    })
    .nullish(),
  pagerduty: z
    .strictObject({
      subscriptions: z
        .record(z.string().regex(/^[A-Za-z0-9]{1,64}$/), Subscription)
        .refine((entries) => Object.keys(entries).length <= subscriptionsMax, {
          error: `may hold at most ${subscriptionsMax} subscriptions`,
        })
        .nullish(),
    })
    .nullish(),
  users: z
    .record(Email, Email)
    .refine((entries) => Object.keys(entries).length <= usersMax, {
      error: `may hold at most ${usersMax} people`,
    })
    .nullish(),
  scrub: z
    .strictObject({
      enabled: z.boolean().optional(),
      patterns: z.array(Pattern).max(patternsMax).nullish(),
    })
    .nullish(),
});
type DebriefFile = z.infer<typeof DebriefFile>;

/** The keys that stand at a place of the file, for "did you mean". `*` is any one key. */
const knownKeys: Readonly<Record<string, readonly string[]>> = {
  "": ["timing", "pagerduty", "users", "scrub"],
  timing: [...timingNames, refreshAfter.name],
  pagerduty: ["subscriptions"],
  "pagerduty.subscriptions.*": ["secret_env", "secret_file"],
  scrub: ["enabled", "patterns"],
};

/** Takes the file's text and its path (for messages); gives its settings. Problems go to `sources`. */
export function parseDebriefFile(text: string, path: string, sources: Sources): FileSettings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  function report(offset: number | undefined, problem: string): void {
    const line = offset === undefined ? 1 : lines.linePos(offset).line;
    sources.problems.push(`${path}, line ${line}: ${problem}.`);
  }
  if (document.errors.length > 0) {
    for (const error of document.errors) {
      report(error.pos[0], `is not valid YAML: ${error.message}`);
    }
    return emptyFile;
  }
  const content = toPlain(document);
  if ("problem" in content) {
    report(undefined, content.problem);
    return emptyFile;
  }
  const parsed = DebriefFile.safeParse(content.value ?? {});
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      reportIssue(issue, document, report);
    }
    return emptyFile;
  }
  return settingsOf(parsed.data, sources, (place, problem) => {
    report(offsetOf(document, place), `${place.join(".")} ${problem}`);
  });
}

type Report = (offset: number | undefined, problem: string) => void;

function toPlain(document: Document): { value: unknown } | { problem: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return { problem: "has too many aliases; write the values out" };
  }
}

function settingsOf(
  file: DebriefFile,
  sources: Sources,
  report: (place: readonly string[], problem: string) => void,
): FileSettings {
  const { [refreshAfter.name]: refreshAfterS, ...timing } = file.timing ?? {};
  const subscriptionSecrets: Record<string, readonly string[]> = {};
  for (const [id, from] of Object.entries(file.pagerduty?.subscriptions ?? {})) {
    const raw = readNamedSecret(
      from.secret_env === undefined ? { file: from.secret_file ?? "" } : { env: from.secret_env },
      sources,
    );
    const secrets = "problem" in raw ? raw : parseSecrets(raw.value);
    if ("problem" in secrets) {
      report(["pagerduty", "subscriptions", id], secrets.problem);
    } else {
      subscriptionSecrets[id] = secrets.value;
    }
  }
  return {
    timing,
    refreshAfterS,
    subscriptionSecrets,
    users: lowerCased(file.users ?? {}),
    scrub: { enabled: file.scrub?.enabled ?? true, patterns: file.scrub?.patterns ?? [] },
  };
}

function lowerCased(users: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(users).map(([from, to]) => [from.toLowerCase(), to.toLowerCase()]),
  );
}

function reportIssue(issue: z.core.$ZodIssue, document: Document, report: Report): void {
  const place = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      report(offsetOf(document, [...place, key]), unknownKey(key, place));
    }
    return;
  }
  const name = place.length === 0 ? "the file" : place.join(".");
  const said =
    issue.code === "invalid_key" ? "is not a valid name here" : firstLower(issue.message);
  report(offsetOf(document, place), `${name}: ${said}`);
}

function unknownKey(key: string, place: readonly string[]): string {
  const pattern = place.length === 3 ? [...place.slice(0, 2), "*"] : place;
  const known = knownKeys[pattern.join(".")] ?? [];
  const meant = nearest(key, known);
  const where = place.length === 0 ? "" : ` in ${place.join(".")}`;
  return meant === undefined
    ? `the key ${quoted(key)} is not known${where}; known are ${known.join(", ")}`
    : `the key ${quoted(key)} is not known${where}; did you mean ${meant}`;
}

function firstLower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** Where a place of the file begins: its key, or as much of the way there as exists. */
function offsetOf(document: Document, place: readonly string[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of place) {
    if (!isMap(node)) {
      return offset;
    }
    const pair = node.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step,
    );
    if (pair === undefined) {
      return offset;
    }
    offset = isScalar(pair.key) ? pair.key.range?.[0] : offset;
    node = pair.value;
  }
  return offset;
}
