import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { guard } from 'lit-html/directives/guard.js';
import { until } from 'lit-html/directives/until.js';

/** A map of our own, so that nobody else learns where a sign-in came from. */
interface World {
  readonly width: number;
  readonly height: number;
  readonly land: string;
  readonly borders: string;
  /** Middle and radius of a country, by its English name. */
  readonly places: Readonly<Record<string, readonly number[]>>;
}

let loading: Promise<World | undefined> | undefined;

/** Loaded beside the app, since the first screen is there sooner without it. */
export function loadMap(): Promise<World | undefined> {
  loading ??= import('../map/world.json', { with: { type: 'json' } }).then(
    ({ default: world }) => world,
    () => {
      loading = undefined;
      return undefined;
    },
  );
  return loading;
}

/** The country a request came from, marked as roughly as it is known; nothing where there is no such country. */
export function placeMap(place: string | null): unknown {
  if (place === null) return nothing;
  return guard([place], () =>
    until(
      loadMap().then((world) => world && draw(world, place)),
      nothing,
    ),
  );
}

/** Width and height of the picture. */
const SHAPE = 3.5;

/** What part of the map is shown: the country with its neighbours, inside the map's edges. */
export function cutOut(
  world: Pick<World, 'width' | 'height'>,
  [x = 0, y = 0, radius = 1]: readonly number[],
): { readonly left: number; readonly top: number; readonly width: number; readonly height: number } {
  const width = Math.min(Math.max(radius * 7, 110), world.height * SHAPE * 0.8, world.width);
  const height = width / SHAPE;
  const inside = (middle: number, size: number, whole: number) =>
    Math.min(Math.max(middle - size / 2, 0), whole - size);
  return { left: inside(x, width, world.width), top: inside(y, height, world.height), width, height };
}

/** Of the country alone, also where a city stands before it: `Bern, Switzerland`. */
export function spotOf({ places }: Pick<World, 'places'>, place: string): readonly number[] | undefined {
  const country = [place, place.slice(place.lastIndexOf(', ') + 2)].find((one) => Object.hasOwn(places, one));
  return country === undefined ? undefined : places[country];
}

function draw(world: World, place: string): TemplateResult | typeof nothing {
  const spot = spotOf(world, place);
  if (!spot) return nothing;
  const [x = 0, y = 0, radius = 1] = spot;
  const { left, top, width, height } = cutOut(world, spot);
  const box = [left, top, width, height].map((value) => value.toFixed(1)).join(' ');
  const dot = width / 80;
  return html`<svg class="map" viewBox=${box} role="img" aria-label="Map of ${place}" focusable="false">
    ${svg`<g transform="scale(.1)">
      <path class="land" d=${world.land}></path>
      <path class="borders" d=${world.borders}></path>
    </g>
    <circle class="around" cx=${x} cy=${y} r=${Math.min(Math.max(radius, dot * 2.2), height * 0.42).toFixed(1)}></circle>
    <circle class="dot" cx=${x} cy=${y} r=${dot.toFixed(2)}></circle>`}
  </svg>`;
}
