"""The questions of the survey as the form of Permen PAN RB 14/2017 has them: nine elements, and the coarse profile."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    """An element (unsur) and the words for 1, 2, 3 and 4."""

    key: str
    label: str
    question: str
    words: tuple[str, str, str, str]


@dataclass(frozen=True)
class Trait:
    """One line of the respondent's profile, in classes too coarse to point at anybody."""

    key: str
    label: str
    classes: tuple[tuple[str, str], ...]


ELEMENTS = (
    Element(
        "requirements",
        "Persyaratan",
        "Bagaimana pendapat Anda tentang kesesuaian persyaratan pelayanan dengan jenis pelayanannya?",
        ("Tidak sesuai", "Kurang sesuai", "Sesuai", "Sangat sesuai"),
    ),
    Element(
        "procedure",
        "Sistem, mekanisme, dan prosedur",
        "Bagaimana pemahaman Anda tentang kemudahan prosedur pelayanan?",
        ("Tidak mudah", "Kurang mudah", "Mudah", "Sangat mudah"),
    ),
    Element(
        "time",
        "Waktu penyelesaian",
        "Bagaimana pendapat Anda tentang kecepatan waktu dalam memberikan pelayanan?",
        ("Tidak cepat", "Kurang cepat", "Cepat", "Sangat cepat"),
    ),
    Element(
        "fee",
        "Biaya/tarif",
        "Bagaimana pendapat Anda tentang kewajaran biaya/tarif dalam pelayanan?",
        ("Sangat mahal", "Cukup mahal", "Murah", "Gratis"),
    ),
    Element(
        "product",
        "Produk layanan",
        "Bagaimana pendapat Anda tentang kesesuaian produk pelayanan dengan standar pelayanannya?",
        ("Tidak sesuai", "Kurang sesuai", "Sesuai", "Sangat sesuai"),
    ),
    Element(
        "competence",
        "Kompetensi pelaksana",
        "Bagaimana pendapat Anda tentang kompetensi/kemampuan petugas dalam pelayanan?",
        ("Tidak kompeten", "Kurang kompeten", "Kompeten", "Sangat kompeten"),
    ),
    Element(
        "behaviour",
        "Perilaku pelaksana",
        "Bagaimana pendapat Anda tentang kesopanan dan keramahan petugas dalam pelayanan?",
        ("Tidak sopan dan ramah", "Kurang sopan dan ramah", "Sopan dan ramah", "Sangat sopan dan ramah"),
    ),
    Element(
        "complaints",
        "Penanganan pengaduan, saran, dan masukan",
        "Bagaimana pendapat Anda tentang penanganan pengaduan pengguna layanan?",
        ("Tidak ada", "Ada tetapi tidak berfungsi", "Berfungsi kurang maksimal", "Dikelola dengan baik"),
    ),
    Element(
        "facilities",
        "Sarana dan prasarana",
        "Bagaimana pendapat Anda tentang kualitas sarana dan prasarana?",
        ("Buruk", "Cukup", "Baik", "Sangat baik"),
    ),
)
ELEMENT_CHOICES = [(one.key, one.label) for one in ELEMENTS]
KEYS = tuple(one.key for one in ELEMENTS)

PROFILE = (
    Trait(
        "age_band",
        "Usia",
        (("30", "Sampai 30 tahun"), ("40", "31–40 tahun"), ("50", "41–50 tahun"), ("51", "51 tahun ke atas")),
    ),
    Trait("sex", "Jenis kelamin", (("f", "Perempuan"), ("m", "Laki-laki"))),
    Trait(
        "education",
        "Pendidikan terakhir",
        (
            ("school", "SMA atau di bawahnya"),
            ("diploma", "Diploma I–III"),
            ("bachelor", "Diploma IV atau sarjana"),
            ("graduate", "Magister atau doktor"),
        ),
    ),
    Trait(
        "relation",
        "Hubungan dengan layanan",
        (
            ("unit", "Pegawai unit kerja Kementerian"),
            ("region", "Pegawai dinas daerah"),
            ("agency", "Pegawai instansi lain"),
            ("public", "Masyarakat atau mitra"),
        ),
    ),
)
