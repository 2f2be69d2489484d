/** Who is who in the workspace: our own bot, and people by e-mail, by name and by id. Read rarely, kept in memory. */

import { notionUserId, type NotionUserId } from "../../domain/keys.ts";
import type { Caller } from "./call.ts";
import { NotionRefusal } from "./errors.ts";
import type { NotionLog } from "./notion.ts";
import { Identified, User } from "./schema.ts";

export interface Users {
  /** Our bot's user id: what it edited last, nobody else has touched since. */
  botId(): Promise<string>;
  /** Undefined for somebody who is unknown, or when we may not see e-mails. */
  findByEmail(email: string): Promise<NotionUserId | undefined>;
  /** Lower case. Undefined for somebody who is unknown or hides it, or when we may not see e-mails. */
  findEmail(id: NotionUserId): Promise<string | undefined>;
  /** All whose name is exactly this, without case. */
  findByName(name: string): Promise<NotionUserId[]>;
}

/** Partial users are people of whom Notion shows nothing but their id. */
interface Person {
  readonly id: NotionUserId;
  /** Lower case. */
  readonly email?: string;
  /** Lower case. */
  readonly name?: string;
}

interface Listed {
  readonly people: readonly Person[];
  /** False when the connection lacks the capability: nothing can be asked then. */
  readonly isAllowed: boolean;
  readonly atMs: number;
}

const listingLastsMs = 6 * 60 * 60_000;
/** A stranger may have joined since, but not every unknown address is worth a listing. */
const missRefreshMs = 10 * 60_000;

/** Takes what calls Notion; gives lookups that list all users at most once in ten minutes. */
export function createUsers(caller: Caller, log: NotionLog, now: () => Date): Users {
  let bot: Promise<string> | undefined;
  let listed: Listed = { people: [], isAllowed: true, atMs: -Infinity };
  let listing: Promise<void> | undefined;
  let hasWarned = false;
  const guests = createGuests(caller, now);

  function botId(): Promise<string> {
    bot ??= readBot(caller).catch((error: unknown) => {
      bot = undefined;
      throw error;
    });
    return bot;
  }

  async function findByEmail(email: string): Promise<NotionUserId | undefined> {
    const wanted = folded(email);
    return (await findPeople((person) => person.email === wanted))[0]?.id;
  }

  async function findByName(name: string): Promise<NotionUserId[]> {
    const wanted = folded(name);
    return (await findPeople((person) => person.name === wanted)).map(({ id }) => id);
  }

  async function findEmail(id: NotionUserId): Promise<string | undefined> {
    await refreshAfter(listingLastsMs);
    const person = listed.people.find((each) => each.id === id);
    return person === undefined && listed.isAllowed ? (await guests.read(id)).email : person?.email;
  }

  async function findPeople(isMeant: (person: Person) => boolean): Promise<Person[]> {
    const isKnown = [...listed.people, ...guests.known()].some(isMeant);
    await refreshAfter(isKnown ? listingLastsMs : missRefreshMs);
    const found = [...listed.people, ...guests.known()].filter(isMeant);
    return found.filter(({ id }, at) => found.findIndex((each) => each.id === id) === at);
  }

  async function refreshAfter(ageMs: number): Promise<void> {
    if (now().getTime() - listed.atMs >= ageMs) {
      listing ??= refresh().finally(() => {
        listing = undefined;
      });
      await listing;
    }
  }

  async function refresh(): Promise<void> {
    const people = await listPeople(caller);
    listed = { people: people ?? [], isAllowed: people !== undefined, atMs: now().getTime() };
    if (!hasWarned && listed.people.every(({ email }) => email === undefined)) {
      hasWarned = true;
      log.warn(
        { reason: "NoUserInformation" },
        "Notion shows no e-mails of people: give the connection user information with e-mail, or map people in debrief.yaml",
      );
    }
  }

  return { botId, findByEmail, findEmail, findByName };
}

interface Guests {
  /** Somebody who is not listed; asked of Notion once in a while, also when it knows nobody. */
  read(id: NotionUserId): Promise<Person>;
  /** Who has been read. */
  known(): Person[];
}

function createGuests(caller: Caller, now: () => Date): Guests {
  const kept = new Map<NotionUserId, { readonly person: Person; readonly atMs: number }>();
  const reading = new Map<NotionUserId, Promise<Person>>();

  async function ask(id: NotionUserId): Promise<Person> {
    try {
      const person = await readPerson(id, caller);
      kept.set(id, { person, atMs: now().getTime() });
      return person;
    } finally {
      reading.delete(id);
    }
  }

  async function read(id: NotionUserId): Promise<Person> {
    const known = kept.get(id);
    if (known !== undefined && now().getTime() - known.atMs < listingLastsMs) {
      return known.person;
    }
    const answer = reading.get(id) ?? ask(id);
    reading.set(id, answer);
    return answer;
  }

  return { read, known: () => [...kept.values()].map(({ person }) => person) };
}

async function readBot(caller: Caller): Promise<string> {
  const context = { what: "read who the connection is", kind: "read" } as const;
  const me = await caller.call(context, { method: "get", path: "users/me" }, Identified);
  return me.id;
}

/** Undefined when the connection lacks the capability. */
async function listPeople(caller: Caller): Promise<Person[] | undefined> {
  const context = { what: "list the workspace's users", kind: "read" } as const;
  try {
    const users = await caller.list(context, { method: "get", path: "users" }, User);
    return users.filter(({ type }) => type !== "bot").map(toPerson);
  } catch (error) {
    if (error instanceof NotionRefusal && error.status === 403) {
      return undefined;
    }
    throw error;
  }
}

/** Of somebody whom Notion does not know, or not show us, nothing but the id. */
async function readPerson(id: NotionUserId, caller: Caller): Promise<Person> {
  const context = { what: "read a user", kind: "read" } as const;
  const path = `users/${encodeURIComponent(id)}`;
  try {
    return toPerson(await caller.call(context, { method: "get", path }, User));
  } catch (error) {
    if (error instanceof NotionRefusal && [400, 403, 404].includes(error.status)) {
      return { id };
    }
    throw error;
  }
}

function toPerson({ id, name, person }: User): Person {
  const email = folded(person?.email ?? "");
  const known = folded(name ?? "");
  return {
    id: notionUserId(id),
    ...(email === "" ? {} : { email }),
    ...(known === "" ? {} : { name: known }),
  };
}

function folded(text: string): string {
  return text.trim().toLowerCase();
}
