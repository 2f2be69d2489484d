/** Reads the variables of the settings table, from the environment or from the files that NAME_FILE names. */

import type { Parsed, Setting } from "./setting.ts";
import { settingNames, settingOf, type RawSettings, type SettingName } from "./settings.ts";
import { nearest } from "./suggest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
/** Gives a file's text; throws as node:fs does when it can't be read. */
export type ReadFile = (path: string) => string;

/** Where values come from, and where everything that is wrong with them is collected. */
export interface Sources {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly problems: string[];
}

/** Takes the sources; gives the texts of all settings, valid or already reported. */
export function readSettings(sources: Sources): RawSettings {
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of settingNames) {
    const setting = settingOf(name);
    const text = readText(name, setting, sources);
    if (text === "unreadable") {
      continue;
    }
    if (text === undefined) {
      reportMissing(name, setting, sources);
      continue;
    }
    const parsed = setting.parse(text.raw);
    if ("problem" in parsed) {
      sources.problems.push(`${text.origin} ${parsed.problem}.`);
    }
    given[name] = text.raw;
  }
  return given;
}

/** A secret's text by the name of a variable of one's own choosing, or from a file. For debrief.yaml. */
export function readNamedSecret(
  from: { readonly env: string } | { readonly file: string },
  sources: Sources,
): Parsed<string> {
  if ("env" in from) {
    const raw = sources.env[from.env]?.trim() ?? "";
    return raw === ""
      ? { problem: `names the variable ${from.env}, which is not set; set it, or correct the name` }
      : { value: raw };
  }
  return readSecretFile(from.file, sources.readFile);
}

/** The paths of the files that secrets were read from, by the setting's name. */
export function secretPathsOf(env: Environment): Readonly<Partial<Record<SettingName, string>>> {
  const paths: Partial<Record<SettingName, string>> = {};
  for (const name of settingNames) {
    const path = settingOf(name).secret === true ? (env[`${name}_FILE`]?.trim() ?? "") : "";
    if (path !== "") {
      paths[name] = path;
    }
  }
  return paths;
}

type Text = { readonly raw: string; readonly origin: string };

function readText(
  name: SettingName,
  setting: Setting<unknown>,
  { env, readFile, problems }: Sources,
): Text | undefined | "unreadable" {
  const direct = env[name]?.trim();
  const fileVariable = `${name}_FILE`;
  const path = setting.secret === true ? env[fileVariable]?.trim() : undefined;
  if (path !== undefined && path !== "") {
    if (direct !== undefined && direct !== "") {
      problems.push(`${name} and ${fileVariable} are both set. Remove one of them.`);
      return "unreadable";
    }
    const content = readSecretFile(path, readFile);
    if ("problem" in content) {
      // Its file is there from the start, and is filled once the secret is known.
      if (content.isEmpty === true && setting.emptyIsUnset === true) {
        return undefined;
      }
      problems.push(`${fileVariable} ${content.problem}.`);
      return "unreadable";
    }
    return { raw: content.value, origin: `${name} (from ${fileVariable})` };
  }
  if (direct === "" && setting.secret === true && setting.emptyIsUnset !== true) {
    problems.push(
      `${name} is set but empty. Give it its value${setting.required === true ? "" : ", or remove it"}.`,
    );
    return "unreadable";
  }
  return direct === undefined || direct === "" ? undefined : { raw: direct, origin: name };
}

function readSecretFile(
  path: string,
  readFile: ReadFile,
): { readonly value: string } | { readonly problem: string; readonly isEmpty?: true } {
  try {
    const value = readFile(path).trim();
    return value === "" ? { problem: `names ${path}, which is empty`, isEmpty: true } : { value };
  } catch (error) {
    return { problem: `names ${path}, which can't be read (${reasonOf(error)})` };
  }
}

/** Takes what reading a file threw; gives its code, such as ENOENT. */
export function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}

function reportMissing(name: SettingName, setting: Setting<unknown>, sources: Sources): void {
  if (setting.required !== true) {
    return;
  }
  const unknown = Object.keys(sources.env).filter(
    (variable) => !settingNames.some((known) => variable === known || variable === `${known}_FILE`),
  );
  const typo = nearest(name, unknown);
  const hint = typo === undefined ? "" : ` (${typo} is set: was ${name} meant?)`;
  const file = setting.secret === true ? ` or ${name}_FILE` : "";
  sources.problems.push(
    `${name} is missing${hint}. Set ${name}${file}: ${firstLower(setting.meaning)}`,
  );
}

function firstLower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
