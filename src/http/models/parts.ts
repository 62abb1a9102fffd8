/** The app a person signs in to, as an admin registered it. */
export interface AppFace {
  readonly name: string;
  /** Path of its logo on this server. Anywhere else's is not fetched (`img-src 'self'`): the tile shows a letter. */
  readonly logo?: string;
}

/** Where a form posts to, with hidden fields if it needs any. */
export interface FormTarget {
  readonly action: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** One next step: a button that posts, or a link. */
export type NextStep =
  | { readonly label: string; readonly post: FormTarget }
  | { readonly label: string; readonly href: string };

/** A moment for a `<time>`: for machines and for people, both UTC. */
export interface Moment {
  readonly iso: string;
  readonly words: string;
}
