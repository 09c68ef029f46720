import type { Rng } from '../rng.js';

/** Given and family names of several scripts: a directory is never Latin only. */
const NAMES: readonly (readonly [given: string, family: string, latin: string])[] = [
  ['Adele', 'Vance', 'adele.vance'],
  ['Søren', 'Ångström', 'soren.angstrom'],
  ['Мария', 'Кузнецова', 'maria.kuznetsova'],
  ['太郎', '山田', 'taro.yamada'],
  ['Zoë', "O'Brien-Müller", 'zoe.obrien'],
  ['محمد', 'الأحمد', 'mohammed.alahmad'],
  ['Łukasz', 'Żółć', 'lukasz.zolc'],
  ['小明', '王', 'xiaoming.wang'],
  ['Ελένη', 'Παπαδοπούλου', 'eleni.papadopoulou'],
  ['José', 'Núñez', 'jose.nunez'],
  ['יעל', 'כהן', 'yael.cohen'],
  ['Grace', 'Okafor', 'grace.okafor'],
  ['민수', '김', 'minsu.kim'],
  ['Çağla', 'Yılmaz', 'cagla.yilmaz'],
  ['สมชาย', 'ใจดี', 'somchai.jaidee'],
  ['Nguyễn', 'Thị Hoa', 'hoa.nguyen'],
];

export interface PersonName {
  readonly displayName: string;
  readonly givenName: string;
  readonly surname: string;
  /** ASCII, unique by `index`; the part before the `@`. */
  readonly alias: string;
}

/** The name of the `index`th person; the first sixteen are all different scripts or accents. */
export function personName(rng: Rng, index: number): PersonName {
  const [givenName, surname, latin] = NAMES[index % NAMES.length] ?? rng.pick(NAMES);
  const round = Math.floor(index / NAMES.length);
  return {
    givenName,
    surname,
    displayName: round === 0 ? `${givenName} ${surname}` : `${givenName} ${surname} ${round + 1}`,
    alias: round === 0 ? latin : `${latin}${round + 1}`,
  };
}
