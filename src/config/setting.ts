/** What a setting is, and the forms that settings take. A parser says what is wrong and what to do about it. */

import { parseUuid } from "../domain/keys.ts";

export type Parsed<T> = { readonly value: T } | { readonly problem: string };

export interface Setting<T> {
  /** For people: what it does, in one or more sentences. */
  readonly meaning: string;
  /** As it would be written in the environment. */
  readonly default?: string;
  readonly required?: boolean;
  /** Never printed, and may also come from a file through NAME_FILE. */
  readonly secret?: boolean;
  /** An empty value counts as unset although it is a secret. */
  readonly emptyIsUnset?: boolean;
  /** A value that shows the form, for the example file. */
  readonly example?: string;
  readonly parse: (raw: string) => Parsed<T>;
}

/** A value as a problem quotes it: short, on one line, and never with what may be a password. */
export function quoted(raw: string): string {
  if (raw.includes("@")) {
    return "the value given";
  }
  const line = raw.replaceAll(/\s+/g, " ");
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
}

export function parseText(raw: string): Parsed<string> {
  return { value: raw };
}

/** What goes into an HTTP header: printable ASCII in one piece. */
export function parseToken(raw: string): Parsed<string> {
  return /^[\x21-\x7e]+$/.test(raw)
    ? { value: raw }
    : { problem: "has a space, a line break or a character that no token has; copy it again" };
}

/** A number within bounds; whole unless `fractions`. */
export function numberFrom(
  min: number,
  max: number,
  fractions = false,
): (raw: string) => Parsed<number> {
  const form = fractions ? /^\d{1,9}(\.\d{1,6})?$/ : /^\d{1,9}$/;
  const kind = fractions ? "a number" : "a whole number";
  return (raw) => {
    const value = Number(raw);
    return form.test(raw) && value >= min && value <= max
      ? { value }
      : { problem: `must be ${kind} from ${min} to ${max}, not ${quoted(raw)}` };
  };
}

export function oneOf<const Choices extends readonly string[]>(
  choices: Choices,
): (raw: string) => Parsed<Choices[number]> {
  return (raw) => {
    const value = choices.find((choice) => choice === raw.toLowerCase());
    return value === undefined
      ? { problem: `must be one of ${choices.join(", ")}, not ${quoted(raw)}` }
      : { value };
  };
}

const yes = ["true", "1", "yes", "on"];
const no = ["false", "0", "no", "off"];

export function parseYesNo(raw: string): Parsed<boolean> {
  const word = raw.toLowerCase();
  return yes.includes(word) || no.includes(word)
    ? { value: yes.includes(word) }
    : { problem: `must be true or false, not ${quoted(raw)}` };
}

/** An absolute http or https URL. Given without a slash at the end. */
export function parseHttpUrl(raw: string): Parsed<string> {
  const url = URL.canParse(raw) ? new URL(raw) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return {
      problem: `must be an absolute URL that starts with https:// or http://, not ${quoted(raw)}`,
    };
  }
  if (url.username !== "" || url.password !== "") {
    return { problem: "must not hold a user or password; tokens have variables of their own" };
  }
  if (url.search !== "" || url.hash !== "") {
    return { problem: `must end with its path, without ? and #, not ${quoted(raw)}` };
  }
  return { value: `${url.origin}${url.pathname}`.replace(/\/+$/, "") };
}

const gatewayHost = "api.atlassian.com";
const gatewayForm = /^\/ex\/jira\/[A-Za-z0-9-]+$/;

/**
 * A Jira site's base URL, or the gateway's with the site's cloud id. Pages and API paths that were copied
 * whole are refused, and plain http to Atlassian, as the token goes with every call.
 */
export function parseJiraUrl(raw: string): Parsed<string> {
  const parsed = parseHttpUrl(raw);
  if ("problem" in parsed) {
    return parsed;
  }
  const { protocol, hostname, pathname } = new URL(parsed.value);
  const ofAtlassian = hostname === gatewayHost || hostname.endsWith(".atlassian.net");
  if (ofAtlassian && protocol !== "https:") {
    return { problem: "must start with https://, as the token goes with every call" };
  }
  if (hostname === gatewayHost && !gatewayForm.test(pathname)) {
    return {
      problem: `must be https://${gatewayHost}/ex/jira/ and the site's cloud id (/_edge/tenant_info of the site tells it), not ${quoted(raw)}`,
    };
  }
  const isSite = hostname !== gatewayHost && ofAtlassian;
  if ((isSite && pathname !== "/") || pathname.includes("/rest/api")) {
    return {
      problem: `must be the base URL alone, such as https://example.atlassian.net, not ${quoted(raw)}`,
    };
  }
  return parsed;
}

/** The key of a Jira project. Capitals, as Jira writes it. */
export function parseProjectKey(raw: string): Parsed<string> {
  return /^[A-Z][A-Z0-9_]{1,254}$/.test(raw)
    ? { value: raw }
    : {
        problem: `must be a project's key, capital letters, digits and _ such as OPS, not ${quoted(raw)}`,
      };
}

/** `file:<directory>`, `redis://…` or `rediss://…`. Never quoted: it may hold a password. */
export function parseStoreUrl(raw: string): Parsed<string> {
  if (raw.startsWith("file:")) {
    return raw.length > "file:".length
      ? { value: raw }
      : { problem: "names no directory; write file:./data, for example" };
  }
  if (/^rediss?:\/\//.test(raw)) {
    return URL.canParse(raw) && new URL(raw).hostname !== ""
      ? { value: raw }
      : {
          problem:
            "is not a valid Redis URL; write redis://host:6379 (special characters in a password percent-encoded)",
        };
  }
  if (/^postgres(ql)?:/.test(raw)) {
    return {
      problem:
        "must not name a PostgreSQL server, which is not supported; use redis://, rediss:// or file:",
    };
  }
  return { problem: "must start with file:, redis:// or rediss://" };
}

export function parseDataSourceId(raw: string): Parsed<string> {
  const id = parseUuid(raw);
  return id === undefined
    ? {
        problem: `must be the id of a Notion data source (32 hexadecimal digits, with or without dashes), not ${quoted(raw)}; copy it in Notion with "Manage data sources", "Copy data source ID"`,
      }
    : { value: id };
}

export function parseEmail(raw: string): Parsed<string> {
  return /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(raw)
    ? { value: raw }
    : { problem: "must be an e-mail address" };
}

const itemsMax = 20;

/** A comma-separated list of names, without repeats. */
export function parseNames(raw: string): Parsed<readonly string[]> {
  const names = raw.split(",").map((name) => name.trim());
  if (names.includes("") || names.length > itemsMax) {
    return { problem: `must be up to ${itemsMax} names with commas between, such as P1,P2` };
  }
  return { value: [...new Set(names)] };
}

/** How many webhook secrets may be valid at a time: each costs one HMAC per webhook. */
const webhookSecretsMax = 4;

/** One or several secrets, comma-separated, for rotation. */
export function parseSecrets(raw: string): Parsed<readonly string[]> {
  const secrets = raw.split(",").map((secret) => secret.trim());
  if (secrets.includes("")) {
    return { problem: "has an empty secret in its list; remove the comma that is too many" };
  }
  if (secrets.length > webhookSecretsMax) {
    return {
      problem: `has ${secrets.length} secrets; at most ${webhookSecretsMax} may be valid at a time`,
    };
  }
  return { value: [...new Set(secrets)] };
}

/** A secret of one's own choosing: long enough not to be guessed. */
export function secretOfAtLeast(charactersMin: number): (raw: string) => Parsed<string> {
  return (raw) =>
    raw.length >= charactersMin
      ? parseToken(raw)
      : {
          problem: `is too short; use at least ${charactersMin} characters, such as the output of "openssl rand -hex 24"`,
        };
}

export function parsePrefix(raw: string): Parsed<string> {
  return /^[A-Za-z0-9_-]{1,32}$/.test(raw)
    ? { value: raw }
    : { problem: `must be 1 to 32 letters, digits, _ or -, not ${quoted(raw)}` };
}
