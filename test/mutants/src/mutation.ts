/** What a mutant does to one element on its way: loses it, brings it a second time under a name of its own, or lays it across its neighbour. */
export const OPERATIONS = ['drop', 'duplicate', 'swap'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What a stage passes on: how to know an element again, to give it another name, and to lay two across each other. */
export interface Traits<Element> {
  /** The same whenever the element comes again; elements without a name are struck once. */
  readonly nameOf: (element: Element) => string;
  /** The element's payload under another name. */
  readonly renamed: (element: Element) => Element;
  /** The name of the one with the payload of the other. */
  readonly crossed: (name: Element, payload: Element) => Element;
  /** What a swap would exchange, as text: neighbours that are alike are not swapped. */
  readonly payloadOf: (element: Element) => string;
  /** Elements that cannot wait for the next one take the payload of the one before. */
  readonly cannotWait?: boolean;
}

/**
 * A defect of one stage: it strikes the element at one place, and that element again whenever it comes, as a defect of a program does;
 * a fault that strikes once would be mended by the next listing.
 */
export class Strike {
  #passed = 0;
  #victim: unknown;
  #partner: unknown;
  #victimName: string | undefined;
  #partnerName: string | undefined;
  #isHeld = false;
  #last: unknown;
  #times = 0;

  constructor(
    private readonly operation: Operation,
    /** From 0. */
    private readonly place: number,
  ) {}

  /** How often it has struck. */
  get times(): number {
    return this.#times;
  }

  /** What goes on in place of the element: nothing, it, or more. */
  pass<Element>(element: Element, traits: Traits<Element>): Element[] {
    const name = traits.nameOf(element);
    const isReached = this.#victimName === undefined && this.#passed++ >= this.place;
    const isFirst =
      isReached && (traits.cannotWait !== true || this.operation !== 'swap' || this.#differs(element, traits));
    const isVictim = isFirst || (name !== '' && name === this.#victimName);
    if (isFirst) this.#victimName = name;
    if (this.operation === 'swap') {
      const swapped = this.#swap(element, traits, { isFirst, isVictim });
      this.#last = element;
      return swapped;
    }
    if (!isVictim) return [element];
    this.#times += 1;
    return this.operation === 'drop' ? [] : [element, traits.renamed(element)];
  }

  /** The element that waits for a neighbour where none came; it goes on unharmed, and another is struck. */
  rest<Element>(): Element[] {
    if (!this.#isHeld) return [];
    const held = this.#victim as Element;
    this.#isHeld = false;
    this.#victim = undefined;
    this.#victimName = undefined;
    return [held];
  }

  #differs<Element>(element: Element, { payloadOf }: Traits<Element>): boolean {
    return this.#last !== undefined && payloadOf(this.#last as Element) !== payloadOf(element);
  }

  #swap<Element>(
    element: Element,
    traits: Traits<Element>,
    { isFirst, isVictim }: { readonly isFirst: boolean; readonly isVictim: boolean },
  ): Element[] {
    if (isFirst && traits.cannotWait === true) {
      this.#partner = this.#last;
      this.#times += 1;
      return [traits.crossed(element, this.#partner as Element)];
    }
    if (isFirst) {
      this.#victim = element;
      this.#isHeld = true;
      return [];
    }
    if (this.#isHeld) {
      const victim = this.#victim as Element;
      if (traits.payloadOf(victim) === traits.payloadOf(element)) return [element];
      this.#isHeld = false;
      this.#partner = element;
      this.#partnerName = traits.nameOf(element);
      this.#times += 1;
      return [traits.crossed(victim, element), traits.crossed(element, victim)];
    }
    const isPartner = this.#partnerName !== undefined && traits.nameOf(element) === this.#partnerName;
    if (isVictim && this.#partner !== undefined && traits.nameOf(element) !== '')
      return [traits.crossed(element, this.#partner as Element)];
    if (isPartner && this.#partnerName !== '') return [traits.crossed(element, this.#victim as Element)];
    return [element];
  }
}
