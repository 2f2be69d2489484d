/** A page body, free of any vendor's shapes: what a template renders to and Notion's blocks are made from. */

/** A run of text with one style. `text` may be any length; clients cut it to the vendor's limits. */
export interface Span {
  readonly text: string;
  readonly href?: string;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly strike?: boolean;
  readonly code?: boolean;
}
export type RichText = readonly Span[];

export type Block =
  | { readonly type: "heading"; readonly level: 1 | 2 | 3; readonly text: RichText }
  | { readonly type: "paragraph"; readonly text: RichText }
  | { readonly type: "bullet"; readonly text: RichText; readonly children: readonly Block[] }
  | { readonly type: "number"; readonly text: RichText; readonly children: readonly Block[] }
  | { readonly type: "todo"; readonly text: RichText; readonly checked: boolean }
  | { readonly type: "quote"; readonly text: RichText }
  | {
      readonly type: "callout";
      readonly icon: string;
      readonly text: RichText;
      readonly children: readonly Block[];
    }
  | { readonly type: "toggle"; readonly text: RichText; readonly children: readonly Block[] }
  | { readonly type: "code"; readonly language: string; readonly text: string }
  | { readonly type: "divider" }
  /** Where the timeline table stands. Once in a document, at top level. */
  | { readonly type: "timeline" }
  /** Where the action items stand. Once, the last block of a document. */
  | { readonly type: "action-items" };

export interface Document {
  readonly blocks: readonly Block[];
}
