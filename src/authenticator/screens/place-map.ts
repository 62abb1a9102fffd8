import { nothing, type TemplateResult } from 'lit-html';

export function placeMap(_place: string | null, _map: string): TemplateResult | typeof nothing {
  return nothing;
}
