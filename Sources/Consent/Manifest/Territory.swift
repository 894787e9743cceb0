import Files
import Foundation

/// Where a grant holds or a use happens: a country's ISO 3166-1 alpha-2 code, or "*" in a grant for everywhere.
///
/// A closed list, because a prohibition that is misspelt would permit: "de" and "Germany" are no codes, and whoever
/// writes them is told so, with the code that was likely meant.
public enum Territory {
  /// In a grant: every territory.
  public static let everywhere = "*"

  /// Codes with their names in English, by code (ISO 3166-1; the names of the time zone database, which is in the
  /// public domain).
  static let names: [String: String] = {
    let pairs = list.split(separator: ";").map { entry -> (String, String) in
      let words = entry.split(whereSeparator: \.isWhitespace)
      return (String(words[0]), words.dropFirst().joined(separator: " "))
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()

  /// Whether `text` is a code as the standard writes it.
  public static func isCode(_ text: String) -> Bool { names[text] != nil }

  /// What is wrong with a territory somebody wrote; nil for a code.
  public static func objection(_ text: String) -> String? {
    isCode(text) ? nil : "'\(FieldReader.shortened(text))' is no ISO 3166-1 code\(hint(text))"
  }

  /// What is wrong with a territory of a grant, which may also be "*".
  package static func grantObjection(_ text: String) -> String? {
    if text == everywhere { return nil }
    let all: Set = ["world", "worldwide", "any", "all", "everywhere"]
    return objection(text).map { $0 + (all.contains(Spelling.folded(text)) ? " (did you mean '*', everywhere?)" : "") }
  }

  /// The code somebody may have meant: another case or width, a country's name, or a slip. Nothing is decided by it.
  private static func hint(_ text: String) -> String {
    guard text.utf8.count <= 64 else { return "" }
    let folded = Spelling.folded(text)
    if let (code, name) = others[folded] { return " (did you mean '\(code)', \(name)?)" }
    if let code = names.keys.first(where: { Spelling.folded($0) == folded }) { return did(code) }
    if let code = names.sorted(by: { $0.key < $1.key }).first(where: { Spelling.folded($0.value) == folded })?.key {
      return did(code)
    }
    if folded.count == 3, let code = threeLetters(folded) { return did(code) }
    let codes = names.keys.sorted(), plain = codes.map { Spelling.folded(names[$0] ?? "") }
    guard folded.count > 3, let near = Nearest.index(folded, plain) else { return "" }
    return did(codes[near])
  }

  private static func did(_ code: String) -> String { " (did you mean '\(code)', \(names[code] ?? "")?)" }

  /// Alpha-3 codes that are often written for the alpha-2 ones.
  private static func threeLetters(_ folded: String) -> String? {
    let common = [
      "deu": "DE", "ger": "DE", "fra": "FR", "gbr": "GB", "usa": "US", "che": "CH", "aut": "AT", "ita": "IT",
      "esp": "ES", "nld": "NL", "pol": "PL", "jpn": "JP", "chn": "CN", "ind": "IN", "can": "CA", "aus": "AU",
      "bra": "BR", "swe": "SE", "nor": "NO", "dnk": "DK", "fin": "FI", "irl": "IE", "prt": "PT", "bel": "BE",
    ]
    return common[folded]
  }

  /// Words people write for a country, or for several.
  private static let others: [String: (String, String)] = [
    "uk": ("GB", "United Kingdom"), "greatbritain": ("GB", "United Kingdom"), "england": ("GB", "United Kingdom"),
    "usofa": ("US", "United States"), "unitedstatesofamerica": ("US", "United States"),
    "america": ("US", "United States"), "deutschland": ("DE", "Germany"), "allemagne": ("DE", "Germany"),
    "holland": ("NL", "Netherlands"), "schweiz": ("CH", "Switzerland"), "suisse": ("CH", "Switzerland"),
    "osterreich": ("AT", "Austria"), "espana": ("ES", "Spain"), "italia": ("IT", "Italy"), "el": ("GR", "Greece"),
  ]

  private static let list = """
    AD Andorra; AE United Arab Emirates; AF Afghanistan; AG Antigua & Barbuda; AI Anguilla; AL Albania; AM Armenia;
    AO Angola; AQ Antarctica; AR Argentina; AS Samoa (American); AT Austria; AU Australia; AW Aruba;
    AX Åland Islands; AZ Azerbaijan; BA Bosnia & Herzegovina; BB Barbados; BD Bangladesh; BE Belgium;
    BF Burkina Faso; BG Bulgaria; BH Bahrain; BI Burundi; BJ Benin; BL St Barthelemy; BM Bermuda; BN Brunei;
    BO Bolivia; BQ Caribbean NL; BR Brazil; BS Bahamas; BT Bhutan; BV Bouvet Island; BW Botswana; BY Belarus;
    BZ Belize; CA Canada; CC Cocos (Keeling) Islands; CD Congo (Dem. Rep.); CF Central African Rep.;
    CG Congo (Rep.); CH Switzerland; CI Côte d'Ivoire; CK Cook Islands; CL Chile; CM Cameroon; CN China;
    CO Colombia; CR Costa Rica; CU Cuba; CV Cape Verde; CW Curaçao; CX Christmas Island; CY Cyprus;
    CZ Czech Republic; DE Germany; DJ Djibouti; DK Denmark; DM Dominica; DO Dominican Republic; DZ Algeria;
    EC Ecuador; EE Estonia; EG Egypt; EH Western Sahara; ER Eritrea; ES Spain; ET Ethiopia; FI Finland; FJ Fiji;
    FK Falkland Islands; FM Micronesia; FO Faroe Islands; FR France; GA Gabon; GB United Kingdom; GD Grenada;
    GE Georgia; GF French Guiana; GG Guernsey; GH Ghana; GI Gibraltar; GL Greenland; GM Gambia; GN Guinea;
    GP Guadeloupe; GQ Equatorial Guinea; GR Greece; GS South Georgia & the South Sandwich Islands; GT Guatemala;
    GU Guam; GW Guinea-Bissau; GY Guyana; HK Hong Kong; HM Heard Island & McDonald Islands; HN Honduras;
    HR Croatia; HT Haiti; HU Hungary; ID Indonesia; IE Ireland; IL Israel; IM Isle of Man; IN India;
    IO British Indian Ocean Territory; IQ Iraq; IR Iran; IS Iceland; IT Italy; JE Jersey; JM Jamaica; JO Jordan;
    JP Japan; KE Kenya; KG Kyrgyzstan; KH Cambodia; KI Kiribati; KM Comoros; KN St Kitts & Nevis; KP North Korea;
    KR South Korea; KW Kuwait; KY Cayman Islands; KZ Kazakhstan; LA Laos; LB Lebanon; LC St Lucia;
    LI Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg; LV Latvia; LY Libya;
    MA Morocco; MC Monaco; MD Moldova; ME Montenegro; MF St Martin (French); MG Madagascar; MH Marshall Islands;
    MK North Macedonia; ML Mali; MM Myanmar (Burma); MN Mongolia; MO Macau; MP Northern Mariana Islands;
    MQ Martinique; MR Mauritania; MS Montserrat; MT Malta; MU Mauritius; MV Maldives; MW Malawi; MX Mexico;
    MY Malaysia; MZ Mozambique; NA Namibia; NC New Caledonia; NE Niger; NF Norfolk Island; NG Nigeria;
    NI Nicaragua; NL Netherlands; NO Norway; NP Nepal; NR Nauru; NU Niue; NZ New Zealand; OM Oman; PA Panama;
    PE Peru; PF French Polynesia; PG Papua New Guinea; PH Philippines; PK Pakistan; PL Poland;
    PM St Pierre & Miquelon; PN Pitcairn; PR Puerto Rico; PS Palestine; PT Portugal; PW Palau; PY Paraguay;
    QA Qatar; RE Réunion; RO Romania; RS Serbia; RU Russia; RW Rwanda; SA Saudi Arabia; SB Solomon Islands;
    SC Seychelles; SD Sudan; SE Sweden; SG Singapore; SH St Helena; SI Slovenia; SJ Svalbard & Jan Mayen;
    SK Slovakia; SL Sierra Leone; SM San Marino; SN Senegal; SO Somalia; SR Suriname; SS South Sudan;
    ST Sao Tome & Principe; SV El Salvador; SX St Maarten (Dutch); SY Syria; SZ Eswatini (Swaziland);
    TC Turks & Caicos Is; TD Chad; TF French S. Terr.; TG Togo; TH Thailand; TJ Tajikistan; TK Tokelau;
    TL East Timor; TM Turkmenistan; TN Tunisia; TO Tonga; TR Turkey; TT Trinidad & Tobago; TV Tuvalu; TW Taiwan;
    TZ Tanzania; UA Ukraine; UG Uganda; UM US minor outlying islands; US United States; UY Uruguay; UZ Uzbekistan;
    VA Vatican City; VC St Vincent; VE Venezuela; VG Virgin Islands (UK); VI Virgin Islands (US); VN Vietnam;
    VU Vanuatu; WF Wallis & Futuna; WS Samoa (western); YE Yemen; YT Mayotte; ZA South Africa; ZM Zambia;
    ZW Zimbabwe
    """
}
