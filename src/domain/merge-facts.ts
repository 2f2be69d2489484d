/**
 * What the merge knows of a field before it decides: each side's value, what it would be on the other
 * side or why it can't be said there, and whether the two already correspond.
 */

import type { SideValues } from "./action-item.ts";

/** All fields but the outcome, which has rules of its own. */
export const pairedFields = ["title", "owner", "due", "priority", "status"] as const;
export type PairedField = (typeof pairedFields)[number];

/** A value in the other side's words, or a sentence for people on why it has none. */
export type Across = { readonly value: string } | { readonly unknown: string };

export interface Half {
  /** As in the base. */
  readonly value: string;
  /** For people. */
  readonly shown: string;
  readonly across: Across;
}

export interface FieldFacts {
  readonly field: PairedField;
  readonly notion: Half;
  readonly jira: Half;
  /** Both say the same, each in its own words. */
  readonly corresponds: boolean;
  /**
   * For a base without Jira's half, right after the create: whether the issue holds what the row was
   * created with, has not got it yet, or was changed since; contested: changed, before the row's got there.
   */
  readonly fresh: "same" | "unsent" | "changed" | "contested";
  /** The side's value never was on the other side: overwriting it loses it, conflict or not. */
  readonly unsaid: { readonly notion: boolean; readonly jira: boolean };
  /** Why Notion's value is not sent for now. */
  readonly held?: string;
}

/** What the makers of facts are given. */
export interface Values {
  readonly notion: SideValues;
  readonly jira: SideValues;
}
