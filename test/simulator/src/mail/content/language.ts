/** Words and names of one language: enough to make subjects, bodies and senders that look different from each other. */
export interface Language {
  readonly tag: string;
  readonly words: readonly string[];
  readonly subjects: readonly string[];
  readonly names: readonly string[];
  readonly folders: readonly string[];
  /** Set between two words; empty where the language writes none. */
  readonly space: string;
  /** Octets that UTF-8 takes for a character, on average and rounded. */
  readonly bytesPerChar: number;
}

type Lists = Pick<Language, 'subjects' | 'names' | 'folders'>;

function language(tag: string, words: string, lists: Lists): Language {
  const space = tag === 'ja' || tag === 'zh' ? '' : ' ';
  const bytesPerChar = Math.round(Buffer.byteLength(words) / words.length);
  return { tag, words: words.split(' '), ...lists, space, bytesPerChar };
}

export const ENGLISH = language(
  'en',
  'the a of and to in is that for on with as was by this from at have are not be it or which we an will one all can their has been if more when there no would so what about only other new some could time these two may then do first any my now such like our over me even most made after also did many before must through years where much your way well down should because each just those people how too little state good very make world still own see men work long get here between both life being under never day same another know while last might us great old year off come since against go came right used take three',
  {
    subjects: [
      'Quarterly figures for the board',
      'Re: contract draft, second reading',
      'Lunch on Thursday?',
      'FW: Delivery note 4711',
      'Minutes of the meeting',
      'Invoice overdue & reminder',
      'Your ticket has been updated',
      'Maintenance window this weekend',
      'Re: Re: Fwd: travel costs',
      'Welcome aboard!',
    ],
    names: ['Alice Moore', 'Bob Carter', "Siobhan O'Neill", 'Carter, Dana (Legal)', 'Eve "Evie" Stone', 'Frank Miller'],
    folders: [
      'Projects',
      'Invoices',
      'Customers',
      'Travel',
      'Archive 2024',
      'HR',
      'Suppliers',
      'To sort',
      'A & B',
      'Q1/Q2',
    ],
  },
);

export const GERMAN = language(
  'de',
  'der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei Prüfung Größe Änderung Straße Lösung Übergabe Maß Büro Erklärung Verträge fällig möglich schön früher',
  {
    subjects: [
      'Rückfrage zur Prüfung',
      'Überweisung fällig',
      'AW: Verträge für März',
      'Einladung zum Sommerfest',
      'Größenänderung',
    ],
    names: ['Jürgen Groß', 'Änne Müller', 'Björn Köhler', 'Uwe Weiß'],
    folders: ['Verträge', 'Büro', 'Rückfragen', 'Übergabe', 'Straßenbau'],
  },
);

export const FRENCH = language(
  'fr',
  "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont été avec son sa cette élève où déjà très après forêt garçon leçon façon reçu équipe résumé réunion prévu même âge être côté tôt là-bas aujourd'hui",
  {
    subjects: ['Réunion reportée à lundi', 'Reçu nº 12', 'Équipe : résumé de la semaine', 'Rép. : congés d’été'],
    names: ['François Lefèvre', 'Élodie Garçon', 'Hélène Dupré'],
    folders: ['Réunions', 'Reçus', 'Équipe', 'Congés d’été'],
  },
);

export const RUSSIAN = language(
  'ru',
  'и в не на я быть он с что а по это она этот к но они мы весь который из у который то за свой весь год от так о для ты же все тот мочь вы человек такой его сказать только или ещё бы себя один как уже до время если сам когда другой вот наш мой знать стать при чтобы дело жизнь кто первый очень два день',
  {
    subjects: ['Счёт за услуги', 'Протокол совещания', 'Отпуск в августе', 'Ответ: договор поставки'],
    names: ['Иван Петров', 'Мария Кузнецова', 'Ольга Ёлкина'],
    folders: ['Договоры', 'Счета', 'Личное', 'Поставщики'],
  },
);

export const GREEK = language(
  'el',
  'και το να του η για που με από τα είναι θα την της στο σε ο τον δεν μας μια ένα οι ότι στην αυτό όταν έχει πρέπει μέχρι χρόνος ημέρα εργασία',
  {
    subjects: ['Σχέδιο σύμβασης', 'Πρόσκληση σε συνάντηση'],
    names: ['Νίκος Παπαδόπουλος', 'Ελένη Γεωργίου'],
    folders: ['Συμβάσεις', 'Έργα'],
  },
);

export const JAPANESE = language(
  'ja',
  '会議 資料 確認 お願い します 本日 明日 予定 変更 致し ました 添付 の とおり 請求書 を 送付 ください よろしく ありがとう ございます 東京 支店 部長 報告 については 後日 ご連絡',
  {
    subjects: ['会議の資料について', '請求書送付のご案内', '【重要】システム停止のお知らせ'],
    names: ['山田 太郎', '佐藤 花子'],
    folders: ['請求書', '会議', '個人用'],
  },
);

export const CHINESE = language(
  'zh',
  '会议 通知 合同 项目 请 查收 附件 谢谢 我们 明天 上午 下午 讨论 报告 客户 发票 时间 地点 安排 如下 有限公司 部门 经理 确认',
  { subjects: ['关于项目进度的通知', '发票与合同'], names: ['王小明', '李娜'], folders: ['项目', '合同'] },
);

export const ARABIC = language(
  'ar',
  'في من على أن إلى هذا مع التي كان الذي عن لا ما بعد كل قد ذلك بين هو أو هي حتى يوم عمل اجتماع تقرير',
  {
    subjects: ['تقرير الاجتماع', 'الفاتورة الشهرية'],
    names: ['محمد علي', 'فاطمة حسن'],
    folders: ['التقارير', 'الفواتير'],
  },
);

export const LANGUAGES: readonly Language[] = [ENGLISH, GERMAN, FRENCH, RUSSIAN, GREEK, JAPANESE, CHINESE, ARABIC];
