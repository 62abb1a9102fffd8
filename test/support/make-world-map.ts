import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type GeoPermissibleObjects, geoArea, geoCentroid, geoMercator, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';

/**
 * Makes `src/authenticator/map/world.json`, the map beside a request's place, from Natural Earth's data (public
 * domain, by the package world-atlas): `node test/support/make-world-map.ts`.
 */

const WIDTH = 1000;
/** Nobody signs in from farther north or south, and the projection would blow it up. */
const [SOUTH, NORTH] = [-57, 78];

interface Names {
  readonly name: string;
}
type Atlas = Parameters<typeof feature>[0];
type Shape = GeoPermissibleObjects & { readonly id?: unknown; readonly properties: Names };

const atlas = (scale: string): Atlas =>
  JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve(`world-atlas/countries-${scale}.json`), 'utf8'),
  );

const projection = geoMercator().fitWidth(WIDTH, {
  type: 'MultiPoint',
  coordinates: [
    [-180, 0],
    [180, 0],
  ],
});
const [, top] = projection([0, NORTH])!;
const [, bottom] = projection([0, SOUTH])!;
projection.translate([projection.translate()[0], projection.translate()[1] - top]);
projection.clipExtent([
  [0, 0],
  [WIDTH, bottom - top],
]);
const draw = geoPath(projection).digits(1);

const coarse = atlas('110m');
const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** The name the server uses, which goes by ISO 3166; Kosovo has no number there. */
function nameOf(id: unknown, { name }: Names): string | undefined {
  if (name === 'Kosovo') return regions.of('XK');
  const region = typeof id === 'string' ? new Intl.Locale(`und-${id}`).region : undefined;
  return region === undefined || /\d/.test(region) ? undefined : regions.of(region);
}

/** The largest part stands for the whole: France is in Europe, whatever belongs to it elsewhere. */
function mainland(shape: GeoPermissibleObjects): GeoPermissibleObjects {
  const { geometry } = shape as unknown as { geometry: { type: string; coordinates: never[] } };
  if (geometry.type !== 'MultiPolygon') return shape;
  const parts = geometry.coordinates.map(
    (coordinates) => ({ type: 'Polygon', coordinates }) as GeoPermissibleObjects,
  );
  return parts.sort((a, b) => geoArea(b) - geoArea(a))[0] ?? shape;
}

/** Middle and size, in units of the map. */
function spot(shape: GeoPermissibleObjects): readonly number[] {
  const main = mainland(shape);
  const [x, y] = projection(geoCentroid(main))!;
  const radius = Math.sqrt(geoPath(projection).area(main) / Math.PI);
  return [x, y, Math.max(1, radius)].map((value) => Math.round(value * 10) / 10);
}

const fine = atlas('50m');
const { features: shapes } = feature(fine, fine.objects['countries']!) as unknown as { features: Shape[] };
const places = Object.fromEntries(
  shapes
    .flatMap((shape) => {
      const name = nameOf(shape.id, shape.properties);
      return name === undefined || geoArea(shape) === 0 ? [] : [[name, spot(shape)] as const];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);

/** The same lines with relative steps in tenths of a unit: half the size once compressed. */
function inSteps(path: string | null): string {
  let [x, y] = [0, 0];
  return (path ?? '').replace(
    /([ML])([-\d.]+),([-\d.]+)/g,
    (_, command: string, toX: string, toY: string) => {
      const [newX, newY] = [Math.round(Number(toX) * 10), Math.round(Number(toY) * 10)];
      const step =
        command === 'M' ? `M${newX} ${newY}` : newX === x && newY === y ? '' : `l${newX - x} ${newY - y}`;
      [x, y] = [newX, newY];
      return step;
    },
  );
}

const world = {
  width: WIDTH,
  height: Math.round(bottom - top),
  land: inSteps(draw(feature(coarse, coarse.objects['land']!))),
  borders: inSteps(draw(mesh(coarse, coarse.objects['countries'] as never, (a, b) => a !== b))),
  places,
};
await writeFile('src/authenticator/map/world.json', `${JSON.stringify(world, null, 2)}\n`);
