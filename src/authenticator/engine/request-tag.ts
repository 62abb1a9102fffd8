/** One request, one notification: whatever comes later takes the place of what is there. */
export function requestTag(id: string): string {
  return `request ${id}`;
}
