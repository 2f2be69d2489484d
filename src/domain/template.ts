/** What a template may say: the values that its Liquid variables stand for, and how one is chosen. */

import type { Document } from "./document.ts";

/** Every value is plain text or a number; Liquid can print and compare them, never turn them into structure. */
export interface TemplateValues {
  readonly incident: {
    readonly id: string;
    readonly number: number;
    readonly title: string;
    readonly url: string;
    readonly severity: string;
    readonly service: string;
    readonly teams: readonly string[];
    readonly escalation_policy: string;
    readonly urgency: string;
    /** `2026-11-20 10:02 UTC` */
    readonly started: string;
    readonly lead: string;
    readonly responders: readonly string[];
    readonly alerts: readonly {
      readonly summary: string;
      readonly source: string;
      readonly at: string;
    }[];
    /** Deploys and other changes near the start. */
    readonly changes: readonly {
      readonly summary: string;
      readonly source: string;
      readonly at: string;
    }[];
  };
  /** Dates of the asynchronous clock, counted from the page's creation, such as `Mon 2026-11-23 10:02 UTC`. */
  readonly clock: {
    readonly hour_0: string;
    readonly hour_24: string;
    readonly hour_48: string;
    readonly hour_96: string;
    readonly week_4: string;
  };
}

/** What a template's `when` is matched against. Names are compared without case. */
export interface TemplateFacts {
  readonly severity: string;
  readonly service: string;
  readonly teams: readonly string[];
}

export interface Template {
  /** From the front matter; its file name without `.md` by default. */
  readonly name: string;
  readonly file: string;
  readonly icon: string;
  render(values: TemplateValues): Document;
}

export interface Templates {
  /** The first template whose `when` matches, the most specific first; the one without `when` otherwise. */
  select(facts: TemplateFacts): Template;
  /** The template of this file, such as `short.md`. */
  find(file: string): Template | undefined;
}
