import type { Coordinates } from './geo-records.ts';

const EARTH_RADIUS_KM = 6371.0088;

/** Great-circle distance in km (haversine, which is exact enough near and far). */
export function distanceKm(a: Pick<Coordinates, 'lat' | 'lon'>, b: Pick<Coordinates, 'lat' | 'lon'>): number {
  const rad = Math.PI / 180;
  const [latA, latB] = [a.lat * rad, b.lat * rad];
  const h =
    Math.sin((latB - latA) / 2) ** 2 +
    Math.cos(latA) * Math.cos(latB) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** What is left of a distance when both places are as near to each other as their accuracy allows; km. */
export function surelyApartKm(a: Coordinates | null, b: Coordinates | null): number | null {
  if (a === null || b === null) return null;
  return Math.max(0, distanceKm(a, b) - a.accuracyKm - b.accuracyKm);
}
