/** What the Notion sandbox keeps: the types of its workspace. Ids are dashed UUIDs in lower case. */

import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/random.ts";
import type { RichTextItem } from "./rich-text.ts";
import type { Settings } from "./settings.ts";

/** A JSON object of any shape. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Author {
  readonly id: string;
  readonly type: "person" | "bot";
}

export interface User extends Author {
  readonly name: string;
  readonly email?: string;
  /** Guests can be read by id, but no list shows them. */
  readonly listed: boolean;
}

export type Parent =
  | { readonly type: "workspace"; readonly workspace: true }
  | { readonly type: "page_id"; readonly page_id: string }
  | { readonly type: "block_id"; readonly block_id: string }
  | {
      readonly type: "data_source_id";
      readonly data_source_id: string;
      readonly database_id: string;
    };

export interface Stamp {
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly editedAt: Date;
  readonly editedBy: string;
}

export type Value =
  | { readonly type: "title" | "rich_text"; readonly items: readonly RichTextItem[] }
  | { readonly type: "number"; readonly number: number | null }
  | { readonly type: "select" | "status"; readonly optionId: string | null }
  | { readonly type: "multi_select"; readonly optionIds: readonly string[] }
  | { readonly type: "people" | "relation"; readonly ids: readonly string[] }
  | { readonly type: "date"; readonly date: DateValue | null }
  | { readonly type: "checkbox"; readonly checkbox: boolean }
  | { readonly type: "url" | "email" | "phone_number"; readonly text: string | null }
  | { readonly type: "files"; readonly files: readonly unknown[] };

export interface DateValue {
  readonly start: string;
  readonly end: string | null;
}

export type ValueType = Value["type"];
export type ComputedType =
  | "created_time"
  | "created_by"
  | "last_edited_time"
  | "last_edited_by"
  | "unique_id";

export interface Option {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export interface Property {
  /** Raw; answers carry it URL-encoded. */
  readonly id: string;
  readonly name: string;
  readonly type: ValueType | ComputedType;
  readonly description: string | null;
  /** Of select, multi_select and status. */
  readonly options: readonly Option[];
  readonly relation?: {
    readonly dataSourceId: string;
    /** The mirror on the other side; absent for a one-way relation. */
    readonly syncedId?: string;
    /** The wanted name of the mirror, until it is there. */
    readonly mirrorName?: string;
  };
  /** The number format or the prefix of a unique id. */
  readonly detail?: string;
}

/** All of a page that a query sees. Never changed in place: older states serve lagging queries. */
export interface PageState extends Stamp {
  readonly parent: Parent;
  readonly inTrash: boolean;
  readonly isLocked: boolean;
  readonly isArchived: boolean;
  readonly icon: unknown;
  readonly cover: unknown;
  /** By property id. */
  readonly values: ReadonlyMap<string, Value>;
}

export interface Page {
  readonly id: string;
  /** For unique_id properties: the running number in its data source. */
  readonly number: number;
  state: PageState;
  /** What queries see, and from when; ascending. */
  history: { readonly visibleAtMs: number; readonly state: PageState }[];
  /** Blocks, child pages and databases, in order. */
  children: string[];
}

export interface Block {
  readonly id: string;
  readonly type: string;
  /** A page or a block. */
  readonly parentId: string;
  content: Fields;
  children: string[];
  inTrash: boolean;
  stamp: Stamp;
}

export interface Database {
  readonly id: string;
  parent: Parent;
  title: readonly RichTextItem[];
  description: readonly RichTextItem[];
  icon: unknown;
  isInline: boolean;
  isLocked: boolean;
  inTrash: boolean;
  /** Empty for a linked view: its data source belongs to another database. */
  dataSourceIds: string[];
  viewIds: string[];
  stamp: Stamp;
}

export interface DataSource {
  readonly id: string;
  readonly databaseId: string;
  title: readonly RichTextItem[];
  description: readonly RichTextItem[];
  properties: readonly Property[];
  inTrash: boolean;
  lastNumber: number;
  stamp: Stamp;
}

export interface View {
  readonly id: string;
  readonly databaseId: string;
  readonly dataSourceId: string;
  readonly type: string;
  name: string;
  filter: Fields | null;
  sorts: readonly Fields[] | null;
  quickFilters: Fields | null;
  configuration: Fields | null;
  stamp: Stamp;
}

export interface Comment {
  readonly id: string;
  readonly parent: Parent;
  readonly discussionId: string;
  readonly richText: readonly RichTextItem[];
  readonly stamp: Stamp;
}

/** What happened, for the webhooks. */
export interface Change {
  readonly type: string;
  readonly entity: { readonly id: string; readonly type: string };
  readonly author: Author;
  readonly parent: Fields;
  readonly updatedProperties?: readonly unknown[];
  readonly updatedBlocks?: readonly Fields[];
  /** Further fields of `data`. */
  readonly data?: Fields;
}

export interface World {
  readonly clock: Clock;
  random: Random;
  settings: Settings;
  readonly token: string;
  readonly bot: User;
  readonly ids: {
    readonly workspace: string;
    readonly subscription: string;
    readonly integration: string;
  };
  readonly workspaceName: string;
  readonly users: Map<string, User>;
  readonly pages: Map<string, Page>;
  readonly blocks: Map<string, Block>;
  readonly databases: Map<string, Database>;
  readonly dataSources: Map<string, DataSource>;
  readonly views: Map<string, View>;
  readonly comments: Map<string, Comment>;
  /** Databases that people took from the connection. */
  readonly unshared: Set<string>;
  readonly emit: (change: Change) => void;
}
