/** Who is who in the workspace: our own bot, and people by their e-mail. Read rarely, kept in memory. */

import { notionUserId, type NotionUserId } from "../../domain/keys.ts";
import type { Caller } from "./call.ts";
import { NotionRefusal } from "./errors.ts";
import type { NotionLog } from "./notion.ts";
import { Identified, User } from "./schema.ts";

export interface Users {
  /** Our bot's user id: what it edited last, nobody else has touched since. */
  botId(): Promise<string>;
  /** Undefined for somebody who is unknown (guests are never listed), or when we may not see e-mails. */
  findByEmail(email: string): Promise<NotionUserId | undefined>;
}

type People = ReadonlyMap<string, NotionUserId>;

const listingLastsMs = 6 * 60 * 60_000;
/** A stranger may have joined since, but not every unknown address is worth a listing. */
const missRefreshMs = 10 * 60_000;

/** Takes what calls Notion; gives a lookup that lists all users at most once in ten minutes. */
export function createUsers(caller: Caller, log: NotionLog, now: () => Date): Users {
  let bot: Promise<string> | undefined;
  let people: People = new Map();
  let listedAtMs: number | undefined;
  let listing: Promise<void> | undefined;
  let hasWarned = false;

  function botId(): Promise<string> {
    bot ??= readBot(caller).catch((error: unknown) => {
      bot = undefined;
      throw error;
    });
    return bot;
  }

  async function findByEmail(email: string): Promise<NotionUserId | undefined> {
    const wanted = email.trim().toLowerCase();
    const ageMs = listedAtMs === undefined ? Infinity : now().getTime() - listedAtMs;
    if (ageMs >= (people.has(wanted) ? listingLastsMs : missRefreshMs)) {
      listing ??= refresh().finally(() => {
        listing = undefined;
      });
      await listing;
    }
    return people.get(wanted);
  }

  async function refresh(): Promise<void> {
    const found = await listPeople(caller);
    listedAtMs = now().getTime();
    people = found ?? new Map();
    if (people.size === 0 && !hasWarned) {
      hasWarned = true;
      log.warn(
        { reason: "NoUserInformation" },
        "Notion shows no e-mails of people: give the connection user information with e-mail, or map people in debrief.yaml",
      );
    }
  }

  return { botId, findByEmail };
}

async function readBot(caller: Caller): Promise<string> {
  const context = { what: "read who the connection is", kind: "read" } as const;
  const me = await caller.call(context, { method: "get", path: "users/me" }, Identified);
  return me.id;
}

/** Undefined when the connection lacks the capability. */
async function listPeople(caller: Caller): Promise<People | undefined> {
  const context = { what: "list the workspace's users", kind: "read" } as const;
  try {
    const users = await caller.list(context, { method: "get", path: "users" }, User);
    const byEmail = new Map<string, NotionUserId>();
    for (const { id, person } of users) {
      const email = person?.email?.trim().toLowerCase();
      if (email !== undefined && email !== "" && !byEmail.has(email)) {
        byEmail.set(email, notionUserId(id));
      }
    }
    return byEmail;
  } catch (error) {
    if (error instanceof NotionRefusal && error.status === 403) {
      return undefined;
    }
    throw error;
  }
}
