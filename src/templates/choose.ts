/** Which template an incident gets: the most specific one whose `when` matches, and why. */

import type { Template, TemplateFacts } from "../domain/template.ts";
import type { Candidate } from "./compile.ts";
import { type When, type WhenKey, whenKeys } from "./front-matter.ts";

/** Takes the candidates in the order of their file names, one of them without `when`. */
export function chooseTemplate(
  candidates: readonly Candidate[],
  facts: TemplateFacts,
): Template | undefined {
  const [best] = candidates
    .filter(({ when }) => matches(when, facts))
    .toSorted((a, b) => specificity(b.when) - specificity(a.when));
  return best?.template;
}

/** Says in one line which template these facts lead to and why: `short.md: severity is P2`. */
export function explainChoice(candidates: readonly Candidate[], facts: TemplateFacts): string {
  const chosen = chooseTemplate(candidates, facts);
  const when = candidates.find(({ template }) => template === chosen)?.when;
  const reasons = whenKeys
    .filter((key) => when?.[key] !== undefined)
    .map((key) => `${key} is ${matchingNames(when, key, facts).join(", ")}`);
  const reason = reasons.length > 0 ? reasons.join(" and ") : "no other template's when matches";
  return `${chosen?.file}: ${reason}`;
}

/** Two candidates with equal answers here could never both be chosen. */
export function whenIdentity(when: When | undefined): string {
  return JSON.stringify(whenKeys.map((key) => when?.[key] ?? []));
}

function matches(when: When | undefined, facts: TemplateFacts): boolean {
  return whenKeys.every(
    (key) => when?.[key] === undefined || matchingNames(when, key, facts).length > 0,
  );
}

function matchingNames(when: When | undefined, key: WhenKey, facts: TemplateFacts): string[] {
  const names = { severity: [facts.severity], service: [facts.service], team: facts.teams }[key];
  const wanted = when?.[key] ?? [];
  return names.filter((name) => wanted.includes(name.trim().toLowerCase()));
}

/** More keys win; among as many, severity beats service, and service beats team. */
function specificity(when: When | undefined): number {
  const weights = { severity: 104, service: 102, team: 101 };
  return whenKeys.reduce((sum, key) => sum + (when?.[key] === undefined ? 0 : weights[key]), 0);
}
