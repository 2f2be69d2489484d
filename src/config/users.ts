/** Who is who at the three vendors: the form of debrief.yaml's `users`, and the tables that are made of it. */

import { z } from "zod";
import { Email, recordOf, textOf } from "./forms.ts";
import { parseEmail, type Parsed } from "./setting.ts";
import type { Place } from "./yaml-file.ts";

const usersMax = 5000;

/** As Atlassian gives them: `5b10ac8d82e05b22cc7d4ef5`, `712020:0b1e…`. */
const accountIdForm = /^[A-Za-z0-9:_-]{5,128}$/;

function parseJiraPerson(raw: string): Parsed<string> {
  const email = parseEmail(raw);
  if ("value" in email) {
    return { value: raw.toLowerCase() };
  }
  return accountIdForm.test(raw)
    ? { value: raw }
    : { problem: "must be an e-mail address or a Jira account id" };
}

const personShape = {
  notion: Email.optional(),
  jira: textOf(parseJiraPerson).optional(),
};
const Person = z.preprocess(
  (given) => (typeof given === "string" ? { notion: given } : given),
  z
    .strictObject(personShape)
    .refine(({ notion, jira }) => notion !== undefined || jira !== undefined, {
      error: "needs notion (an e-mail address), jira (an e-mail address or account id) or both",
    }),
);

export const Users = recordOf(Email, Person, { max: usersMax, of: "people" });
export type Users = z.infer<typeof Users>;

export const personKeys: readonly string[] = Object.keys(personShape);

export interface People {
  /** From the e-mail address at PagerDuty to the one at Notion, both in lower case. */
  readonly users: Readonly<Record<string, string>>;
  /** From the e-mail address at Notion, in lower case, to the one at Jira or to an account id. */
  readonly jiraUsers: Readonly<Record<string, string>>;
}

/** Takes the file's people, valid one by one; gives the tables. Who stands there twice is reported. */
export function peopleOf(entries: Users, report: (place: Place, problem: string) => void): People {
  const users = new Map<string, string>();
  const jiraUsers = new Map<string, string>();
  const seen = new Set<string>();
  for (const [key, { notion, jira }] of Object.entries(entries)) {
    const pagerduty = key.toLowerCase();
    if (seen.has(pagerduty)) {
      report(["users", key], "stands there twice, in different capitals; remove one");
    }
    seen.add(pagerduty);
    if (notion !== undefined) {
      users.set(pagerduty, notion.toLowerCase());
    }
    const atNotion = notion?.toLowerCase() ?? pagerduty;
    if (jira !== undefined) {
      if ((jiraUsers.get(atNotion) ?? jira) !== jira) {
        report(
          ["users", key, "jira"],
          "is another than an entry above gives for the same person at Notion; make them the same",
        );
      }
      jiraUsers.set(atNotion, jira);
    }
  }
  return { users: Object.fromEntries(users), jiraUsers: Object.fromEntries(jiraUsers) };
}
