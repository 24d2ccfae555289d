//! Tells which older encoding a text is in, as Firefox does, by `chardetng`. A wasm module of its own, so that it is fetched with the
//! first text that is neither UTF-8 nor UTF-16 and never else. `viewer/js/encoding.ts` decides what comes here and names what
//! neither this nor a browser's decoder knows (the code pages of DOS).

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::wasm_bindgen;

/// The name, by the Encoding standard, of what `bytes` most likely are. They may begin a longer text, and end within a character.
///
/// ISO-2022-JP is allowed: what is decoded is shown as text and never run.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub fn guess(bytes: &[u8]) -> String {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, false);
    detector.guess(None, Utf8Detection::Deny).name().to_owned()
}

#[cfg(test)]
mod tests {
    use super::guess;
    use encoding_rs::Encoding;

    /// A line or two, as in a note or a small table.
    const TEXTS: &[(&str, &[&str])] = &[
        ("Grüße aus Zürich\nÄpfel,Öl,Straße\n", &["windows-1252"]),
        ("L’été à Orléans: « où êtes-vous ? »\n", &["windows-1252"]),
        ("El niño comió mañana; ¿cómo estás?\n", &["windows-1252"]),
        ("Zażółć gęślą jaźń, łódź i książka\n", &["windows-1250", "iso-8859-2"]),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy\n", &["windows-1250", "iso-8859-2"]),
        (
            "A mérési eredményeket a következő táblázat mutatja. A hőmérséklet és a nyomás értékei időről időre változnak.\n",
            &["windows-1250", "iso-8859-2"],
        ),
        ("Привет, мир. Это текст на русском языке\n", &["windows-1251", "koi8-r", "iso-8859-5", "ibm866"]),
        ("Привіт, світе. Це текст українською мовою, її їжа\n", &["windows-1251", "koi8-u"]),
        ("Καλημέρα κόσμε, αυτό είναι ένα κείμενο\n", &["windows-1253", "iso-8859-7"]),
        ("İstanbul’da çok güzel bir gün, şimdi ığdır\n", &["windows-1254"]),
        ("שלום עולם, זה טקסט בעברית\n", &["windows-1255"]),
        ("مرحبا بالعالم، هذا نص باللغة العربية\n", &["windows-1256", "iso-8859-6"]),
        (
            "Labdien! Šis ir teksts latviešu valodā. Rīgā šodien ir ļoti skaists laiks, un mēs ejam uz jūru. Mērījumu rezultāti ir šādi.\n",
            &["windows-1257"],
        ),
        (
            "Laba diena! Šis tekstas yra parašytas lietuvių kalba. Ačiū už jūsų žodžius, šiandien labai gražu. Matavimų rezultatai pateikti lentelėje.\n",
            &["windows-1257"],
        ),
        ("สวัสดีชาวโลก นี่คือข้อความภาษาไทย\n", &["windows-874"]),
        ("日本語のテキストです。\n東京,大阪,京都\n", &["shift_jis", "euc-jp", "iso-2022-jp"]),
        ("城市,人口\n北京,2189\n上海,2487\n", &["gb18030"]),
        ("實驗記錄：溫度為三十攝氏度。\n", &["big5"]),
        ("한국어 문서입니다.\n결과는 다음과 같다.\n", &["euc-kr"]),
    ];

    #[test]
    fn texts_of_a_line_or_two() {
        let mut wrong = Vec::new();
        for (text, names) in TEXTS {
            for name in *names {
                let encoding = Encoding::for_label(name.as_bytes()).unwrap();
                let (bytes, _, lossy) = encoding.encode(text);
                assert!(!lossy, "{name} cannot write {text}");
                let guessed = guess(&bytes);
                let read = Encoding::for_label(guessed.as_bytes()).unwrap().decode(&bytes).0;
                if read != *text {
                    wrong.push(format!("{name} as {guessed}: {read}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn nothing_and_anything() {
        assert_eq!(guess(b""), "windows-1252");
        guess(&(0..=255).collect::<Vec<u8>>());
        guess(b"\x1b$B");
    }
}
