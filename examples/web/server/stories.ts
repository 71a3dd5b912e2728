export interface Story {
  readonly id: string;
  readonly title: string;
  readonly byline: string;
  readonly text: string;
}

export interface Stories {
  published(): readonly Story[];
  drafts(): readonly Story[];
  /** Null where there is no such draft. */
  publish(id: string): Story | null;
}

/** The newspaper's own data, as long as the program runs. */
export function createStories(): Stories {
  const published: Story[] = [
    {
      id: '1',
      title: 'Harbour bridge opens a week early',
      byline: 'Mara Lindqvist',
      text: 'The first trams crossed at dawn, to the surprise of the swans. Cyclists follow on Monday.',
    },
    {
      id: '2',
      title: 'Library lends out telescopes',
      byline: 'Tomás Iglesias',
      text: 'Twelve instruments, two weeks each, and a waiting list that already reaches into spring.',
    },
    {
      id: '3',
      title: 'Old bakery finds its bell again',
      byline: 'Ines Okafor',
      text: 'It had hung in a barn for sixty years. From tomorrow it rings when the bread is done.',
    },
  ];
  const drafts: Story[] = [
    {
      id: '4',
      title: 'Council weighs a night market',
      byline: 'Ines Okafor',
      text: 'Stalls until midnight, if the neighbours agree. A vote is expected before the summer.',
    },
    {
      id: '5',
      title: 'What the flood gauges say',
      byline: 'Mara Lindqvist',
      text: 'Forty years of readings, and one number that nobody had looked at twice.',
    },
  ];
  return {
    published: () => published,
    drafts: () => drafts,
    publish(id) {
      const index = drafts.findIndex((draft) => draft.id === id);
      const [draft] = index < 0 ? [] : drafts.splice(index, 1);
      if (draft === undefined) return null;
      published.unshift(draft);
      return draft;
    },
  };
}
