/** Rows that no test covers yet, and why; a row that gets a test leaves this list (a test says so). */
export const OPEN_ROWS: Readonly<Record<string, string>> = {
  F5: 'What a relay in the middle shows cannot be told apart by a number; passkeys (`phr`) are the answer and a later part.',
  F12: 'A push endpoint changes only by a call signed with the device’s own key; no session can change one. Notice to other devices comes with the person’s own pages.',
};
