import { html, nothing, type TemplateResult } from 'lit-html';

export interface NumberField {
  readonly digits: number;
  readonly typed: string;
  readonly disabled: boolean;
  readonly problem: string | undefined;
  readonly label: string;
  readonly onType: (text: string) => void;
  readonly onScan: () => void;
}

/** One input, drawn as cells: pasting, correcting and reading aloud work as in any other. */
export function numberField(field: NumberField): TemplateResult {
  const { digits, typed, disabled, problem, label } = field;
  const cells = Array.from({ length: digits }, (_, index) => {
    const at = index === Math.min(typed.length, digits - 1);
    return html`<span class=${at ? 'cell at' : 'cell'}>${typed[index] ?? ''}</span>`;
  });
  const read = (event: Event) => {
    const input = event.target as HTMLInputElement;
    field.onType(input.value);
    // What is no digit was left out: the input shows the same.
    input.value = input.value.replace(/[^0-9]/g, '').slice(0, digits);
  };
  return html`<div class="number-field">
    <label for="number">${label}</label>
    <div class="cells ${problem ? 'wrong' : ''}">
      <div class="cells-drawn" aria-hidden="true">${cells}</div>
      <input
        id="number"
        name="number"
        type="text"
        inputmode="numeric"
        pattern="[0-9]*"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        enterkeyhint="done"
        .value=${typed}
        ?disabled=${disabled}
        aria-invalid=${problem ? 'true' : 'false'}
        aria-describedby="number-problem"
        @input=${read}
      />
    </div>
    <p class="problem" id="number-problem" role="alert">${problem ?? nothing}</p>
    <button type="button" class="link" ?disabled=${disabled} @click=${field.onScan}>Scan the code instead</button>
  </div>`;
}
