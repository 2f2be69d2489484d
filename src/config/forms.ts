/** The forms that values of debrief.yaml share, each with a message that says what to write. */

import { z } from "zod";
import { parseEmail, quoted, type Parsed } from "./setting.ts";
import { nearest } from "./suggest.ts";

/** Longest name at the three vendors: PagerDuty's services and Jira's names end at 255 characters. */
const nameCharactersMax = 255;

/** Text. What YAML reads as a number, such as an id of nothing but digits, has to be quoted. */
const Text = z.string({
  error: ({ input }) =>
    typeof input === "number" || typeof input === "boolean"
      ? "must be text; put it into quotes"
      : undefined,
});

/** One line of text without spaces around it. */
export const Name = Text.refine(isName, {
  error: `must be one line of 1 to ${nameCharactersMax} characters without spaces around it`,
});

function isName(text: string): boolean {
  return text.length <= nameCharactersMax && /^\S(?:.*\S)?$/u.test(text);
}

/** A vendor's name or id. Ids that are numbers may stand without quotes. */
export const NameOrId = z.union([Name, z.int().positive().transform(String)], {
  error: `must be a name or an id, of 1 to ${nameCharactersMax} characters on one line`,
});

/** One value or a list of values. */
export function oneOrMore<Value extends z.ZodType>(
  value: Value,
  max: number,
): z.ZodPreprocess<z.ZodArray<Value>> {
  return z.preprocess(
    (given) => (Array.isArray(given) ? given : [given]),
    z.array(value).min(1, { error: "must name at least one" }).max(max),
  );
}

/** One of a closed list of words. */
export function wordOf<const Words extends readonly string[]>(
  words: Words,
): z.ZodEnum<{ [Word in Words[number]]: Word }> {
  return z.enum(words, {
    error: ({ input }) => {
      const given = typeof input === "string" ? input : "";
      const meant = nearest(given, words);
      return [
        `must be one of ${words.join(", ")}`,
        given === "" ? "" : `, not ${quoted(given)}`,
        meant === undefined ? "" : `; did you mean ${meant}`,
      ].join("");
    },
  });
}

/** A text that a setting's parser takes; given as that parser gives it. */
export function textOf(parse: (raw: string) => Parsed<string>): z.ZodType<string> {
  return Text.transform((raw, context) => {
    const parsed = parse(raw);
    if ("value" in parsed) {
      return parsed.value;
    }
    context.addIssue({ code: "custom", message: parsed.problem });
    return z.NEVER;
  });
}

export const Email = textOf(parseEmail);

/** A record with at most so many entries, which are called so in its message. */
export function recordOf<Key extends z.core.$ZodRecordKey, Value extends z.ZodType>(
  key: Key,
  value: Value,
  { max, of }: { readonly max: number; readonly of: string },
): z.ZodRecord<Key, Value> {
  return z.record(key, value).refine((entries) => Object.keys(entries).length <= max, {
    error: `may hold at most ${max} ${of}`,
  });
}

/** Reports the names of a record that differ from an earlier one in nothing but capitals, as people take them for one. */
export function reportTwins(
  entries: Readonly<Record<string, unknown>>,
  context: z.RefinementCtx,
): void {
  const seen = new Map<string, string>();
  for (const name of Object.keys(entries)) {
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) {
      context.addIssue({
        code: "custom",
        path: [name],
        message: `is ${quoted(twin)} in other capitals; remove one of them`,
      });
    }
    seen.set(name.toLowerCase(), name);
  }
}
