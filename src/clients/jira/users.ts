/** People at Jira: by address, by account, and whether they may be assigned. Kept in memory, for user searches are dear. */

import type { JiraUser } from "../../domain/action-item.ts";
import type { AccountId } from "../../domain/keys.ts";
import type { Caller } from "./call.ts";
import { JiraRefusal } from "./errors.ts";
import { toUser } from "./issues-api.ts";
import type { Jira, JiraLog } from "./jira.ts";
import { keep } from "./kept.ts";
import { User, Users } from "./schema.ts";
import * as sdk from "./sdk.ts";

export type UsersApi = Pick<Jira, "findUserByEmail" | "findUser" | "isAssignable">;

const knownMs = 4 * 3_600_000;
const unknownMs = 10 * 60_000;
const usersMax = 5_000;
const foundMax = 50;

/** Takes what calls Jira; gives the look-ups. Failures are not kept, "there is none" only for minutes. */
export function createUsers(caller: Caller, log: JiraLog, now: () => Date): UsersApi {
  const options = {
    now,
    max: usersMax,
    lastsMs: (found: JiraUser | undefined) => (found === undefined ? unknownMs : knownMs),
  };
  const byEmail = keep((email) => readByEmail(email, caller), options);
  const byId = keep((id) => readById(id, caller, log), options);
  const assignable = keep(
    (pair) => {
      const space = pair.indexOf(" ");
      return readAssignable(pair.slice(0, space), pair.slice(space + 1), caller);
    },
    { now, max: usersMax, lastsMs: (may: boolean) => (may ? knownMs : unknownMs) },
  );
  return {
    findUserByEmail: async (email) => {
      const wanted = email.trim().toLowerCase();
      return wanted === "" ? undefined : byEmail(wanted);
    },
    findUser: async (id) => (id === "" ? undefined : byId(id)),
    // A project's key or id has no spaces.
    isAssignable: (project, id: AccountId) => assignable(`${project.trim()} ${id}`),
  };
}

/**
 * Jira's search is fuzzy, matches hidden addresses, and may hide them in its answer: who shows the very
 * address is taken, and otherwise only somebody who is the one account found, whatever its kind, and shows no other
 * address: beside one that has left or is an app, either may be meant.
 */
async function readByEmail(email: string, caller: Caller): Promise<JiraUser | undefined> {
  const found = await caller.call(
    { what: "look up a person by e-mail", kind: "read" },
    (client) => sdk.findUsers(client, { query: email, maxResults: foundMax }),
    Users,
  );
  const people = found
    .filter(({ active, accountType }) => active && accountType === "atlassian")
    .map(toUser);
  const [equal, ...furtherEqual] = people.filter((user) => user.email === email);
  if (equal !== undefined) {
    return furtherEqual.length === 0 ? equal : undefined;
  }
  const [only] = people;
  return only !== undefined && found.length === 1 && only.email === undefined ? only : undefined;
}

async function readById(
  accountId: string,
  caller: Caller,
  log: JiraLog,
): Promise<JiraUser | undefined> {
  try {
    const user = await caller.call(
      { what: "read a person", kind: "read" },
      (client) => sdk.getUser(client, { accountId }),
      User,
    );
    return toUser(user);
  } catch (error) {
    if (!(error instanceof JiraRefusal) || ![400, 403, 404].includes(error.status)) {
      throw error;
    }
    if (error.status === 403) {
      log.warn(
        { reason: "NoUserInformation" },
        "people at Jira can't be read: give the account Browse users and groups",
      );
    }
    return undefined;
  }
}

async function readAssignable(
  project: string,
  accountId: string,
  caller: Caller,
): Promise<boolean> {
  const found = await caller.call(
    { what: `see whether a person can be assigned in ${project}`, kind: "read" },
    (client) => sdk.findAssignableUsers(client, { project, accountId }),
    Users,
  );
  return found.some((user) => user.accountId === accountId && user.active);
}
