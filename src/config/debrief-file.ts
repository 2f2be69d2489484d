/** Reads debrief.yaml: what does not fit into variables. Strict, and every problem names its line. */

import { z } from "zod";
import { checkScrubPattern } from "../domain/scrub.ts";
import { readNamedSecret, type Sources } from "./environment.ts";
import { JiraBlock, jiraKeys } from "./jira-block.ts";
import { RouteBlocks, routeKeys, type RouteBlock } from "./route-block.ts";
import { checkRoutes, type RouteContext } from "./route-checks.ts";
import { parseSecrets, quoted } from "./setting.ts";
import { nearest } from "./suggest.ts";
import { refreshAfter, timingNames, timings, type TimingName } from "./timing.ts";
import { peopleOf, personKeys, Users, type People } from "./users.ts";
import { parseYaml, type Place, type YamlFile } from "./yaml-file.ts";

/** What the file gave; absent is what it left to the defaults. */
export interface FileSettings extends People {
  readonly timing: Readonly<Partial<Record<TimingName, number>>>;
  readonly refreshAfterS: readonly number[] | undefined;
  readonly subscriptionSecrets: Readonly<Record<string, readonly string[]>>;
  /** Where those were read from that stand in files. */
  readonly subscriptionFiles: Readonly<Record<string, string>>;
  readonly scrub: { readonly enabled: boolean; readonly patterns: readonly string[] };
  /** What holds at Jira for every route. */
  readonly jira: JiraBlock;
  readonly routes: readonly RouteBlock[];
}

export const emptyFile: FileSettings = {
  timing: {},
  refreshAfterS: undefined,
  subscriptionSecrets: {},
  subscriptionFiles: {},
  users: {},
  jiraUsers: {},
  scrub: { enabled: true, patterns: [] },
  jira: {},
  routes: [],
};

const patternsMax = 50;
const subscriptionsMax = 100;

function seconds(max: number): z.ZodNumber {
  return z.number().positive().max(max);
}

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

const routing = { jira: JiraBlock.nullish(), routes: RouteBlocks.nullish() };
const fileShape = {
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
  users: Users.nullish(),
  scrub: z
    .strictObject({
      enabled: z.boolean().optional(),
      patterns: z.array(Pattern).max(patternsMax).nullish(),
    })
    .nullish(),
  ...routing,
};
const DebriefFile = z.strictObject(fileShape);
type DebriefFile = z.infer<typeof DebriefFile>;
/** The part that is checked for itself, so that a mistake elsewhere does not hide those that are in it. */
const Routing = z.object(routing);

function below(
  place: string,
  keys: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(keys).map(([way, known]) => [`${place}.${way}`, known]));
}

/** The keys that stand at a place of the file, for "did you mean". `*` is any one key or position. */
const knownKeys: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(fileShape),
  timing: [...timingNames, refreshAfter.name],
  pagerduty: ["subscriptions"],
  "pagerduty.subscriptions.*": ["secret_env", "secret_file"],
  "users.*": personKeys,
  scrub: ["enabled", "patterns"],
  jira: jiraKeys.common,
  ...below("jira", jiraKeys.below),
  "routes.*": routeKeys.own,
  "routes.*.when": routeKeys.when,
  "routes.*.notion": routeKeys.notion,
  "routes.*.jira": jiraKeys.ofRoute,
  ...below("routes.*.jira", jiraKeys.below),
};

/**
 * Takes the file's text, its path (for messages) and what of the environment its routes depend on; gives its
 * settings. Problems go to `sources`.
 */
export function parseDebriefFile(
  text: string,
  path: string,
  sources: Sources,
  context: RouteContext,
): FileSettings {
  const file = parseYaml(text, path, sources.problems);
  if (file === undefined) {
    return emptyFile;
  }
  const content = file.value ?? {};
  const parsed = DebriefFile.safeParse(content);
  for (const issue of parsed.error?.issues ?? []) {
    reportIssue(issue, file);
  }
  const { data: routes } = Routing.safeParse(content);
  for (const { place, problem } of checkRoutes(routes?.routes ?? [], routes?.jira ?? {}, context)) {
    file.report(place, `${place.join(".")} ${problem}`);
  }
  return parsed.success ? settingsOf(parsed.data, sources, file) : emptyFile;
}

function settingsOf(content: DebriefFile, sources: Sources, file: YamlFile): FileSettings {
  function report(place: Place, problem: string): void {
    file.report(place, `${place.join(".")} ${problem}`);
  }
  const { [refreshAfter.name]: refreshAfterS, ...timing } = content.timing ?? {};
  const subscriptionSecrets: Record<string, readonly string[]> = {};
  const subscriptionFiles: Record<string, string> = {};
  for (const [id, from] of Object.entries(content.pagerduty?.subscriptions ?? {})) {
    const raw = readNamedSecret(
      from.secret_env === undefined ? { file: from.secret_file ?? "" } : { env: from.secret_env },
      sources,
    );
    const secrets = "problem" in raw ? raw : parseSecrets(raw.value);
    if ("problem" in secrets) {
      report(["pagerduty", "subscriptions", id], secrets.problem);
    } else {
      subscriptionSecrets[id] = secrets.value;
      if (from.secret_file !== undefined) {
        subscriptionFiles[id] = from.secret_file;
      }
    }
  }
  return {
    timing,
    refreshAfterS,
    subscriptionSecrets,
    subscriptionFiles,
    ...peopleOf(content.users ?? {}, report),
    scrub: { enabled: content.scrub?.enabled ?? true, patterns: content.scrub?.patterns ?? [] },
    jira: content.jira ?? {},
    routes: content.routes ?? [],
  };
}

function reportIssue(issue: z.core.$ZodIssue, file: YamlFile): void {
  const place = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      file.report([...place, key], unknownKey(key, place));
    }
    return;
  }
  const name = place.length === 0 ? "the file" : place.join(".");
  const said =
    issue.code === "invalid_key" ? "is not a valid name here" : firstLower(issue.message);
  file.report(place, `${name}: ${said}`);
}

function unknownKey(key: string, place: Place): string {
  const where = place.length === 0 ? "" : ` in ${place.join(".")}`;
  const unknown = `the key ${quoted(key)} is not known${where}`;
  if (place.join(".") === "jira" && jiraKeys.ofRoute.includes(key)) {
    return `${unknown}; it belongs into a route's own jira, or for all of them into JIRA_${key.toUpperCase()}`;
  }
  const known = keysAt(place);
  const meant = nearest(key, known);
  return meant === undefined
    ? `${unknown}; known are ${known.join(", ")}`
    : `${unknown}; did you mean ${meant}`;
}

function keysAt(place: Place): readonly string[] {
  const found = Object.entries(knownKeys).find(([pattern]) => {
    const steps = pattern === "" ? [] : pattern.split(".");
    return (
      steps.length === place.length && steps.every((step, at) => step === "*" || step === place[at])
    );
  });
  return found?.[1] ?? [];
}

function firstLower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
