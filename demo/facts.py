"""The real conference, from its public announcement of 9/7/2021. Seats and join details were never published."""

NAME = "Hội nghị trực tuyến xúc tiến thương mại sản phẩm na Chi Lăng và sản phẩm OCOP tỉnh Lạng Sơn năm {year}"
SHORT_NAME = "Na Chi Lăng {year}"

SUMMARY = (
    "Kết nối hợp tác xã, hộ sản xuất na Chi Lăng và sản phẩm OCOP của tỉnh Lạng Sơn với siêu thị, chuỗi cửa hàng và "
    "thương nhân trái cây, trực tiếp tại hội trường và trực tuyến từ các điểm cầu."
)

PURPOSE = """\
Xúc tiến thương mại, tiêu thụ nông sản đặc sản của tỉnh Lạng Sơn, trước hết là na Chi Lăng, tới người mua tại Hà Nội \
và các tỉnh lân cận; nâng cao nhận thức của người sản xuất và người tiêu dùng về nông sản sạch, an toàn.

Thông tin tới người mua về sản lượng, lịch thu hoạch và các biện pháp bảo đảm an toàn thực phẩm; kết nối hợp tác xã, \
hộ sản xuất của Lạng Sơn với doanh nghiệp phân phối nông sản an toàn: siêu thị, chuỗi cửa hàng, thương nhân trái cây.

Na Chi Lăng (huyện Chi Lăng và huyện Hữu Lũng, thu hoạch từ tháng 7 đến tháng 9): khoảng 3.200 ha, trên 400 ha \
đạt VietGAP, GlobalGAP, sản lượng trên 35.000 tấn mỗi năm. Hoa hồi: trên 34.000 ha, trên 15.000 tấn mỗi năm. Cùng với \
hồng giòn không hạt, rau và các sản phẩm OCOP khác (47 sản phẩm năm 2021, trong đó 15 sản phẩm bốn sao), các đặc sản \
này đem lại cho tỉnh khoảng 1.000 tỷ đồng mỗi năm.

Số chỗ, đường liên kết và thông tin kết nối trên trang này là ví dụ minh họa.
"""

PREPARATION = """\
Số đăng ký và mã QR (có trong thư xác nhận và tại trang cá nhân)
Sản phẩm mẫu, tờ giới thiệu, bảng giá nếu muốn chào hàng
Nếu dự trực tuyến: thử loa, micro và đường truyền trước 15 phút
"""

#: Role, name, what it does.
PARTNERS = [
    ("host", "UBND tỉnh Lạng Sơn", "Chủ trì hội nghị"),
    (
        "organiser",
        "Sở Nông nghiệp và Phát triển nông thôn tỉnh Lạng Sơn",
        "Xây dựng kế hoạch, mời đại biểu, tổ chức hội nghị",
    ),
    ("co_organiser", "Sở Công Thương tỉnh Lạng Sơn", "Xúc tiến thương mại, kết nối người mua"),
    (
        "infrastructure",
        "Sở Thông tin và Truyền thông tỉnh Lạng Sơn",
        "Hạ tầng kết nối, bảo đảm đường truyền ổn định; mời các sàn thương mại điện tử",
    ),
    ("local", "UBND huyện Chi Lăng", "Quảng bá, tổ chức tại địa phương"),
    ("local", "UBND huyện Hữu Lũng", "Quảng bá, tổ chức tại địa phương"),
    (
        "infrastructure",
        "VNPT Lạng Sơn",
        "Phòng họp, thiết bị, kết nối điểm cầu Lạng Sơn với VNPT các tỉnh",
    ),
    (
        "point",
        "Trung tâm Xúc tiến thương mại nông nghiệp",
        "Điều hành điểm cầu Hà Nội; mời doanh nghiệp, siêu thị, chuỗi cửa hàng, thương nhân trái cây của Hà Nội",
    ),
    (
        "point",
        "Sở Nông nghiệp và Phát triển nông thôn các tỉnh kết nối",
        "Điều hành điểm cầu tại tỉnh; giới thiệu doanh nghiệp thu mua tại địa phương",
    ),
]
#: Stands above the names of the province's departments on their letters.
PROVINCE_OFFICE = "UBND tỉnh Lạng Sơn"

POINTS_SPEAK = "Ý kiến từ các điểm cầu"
#: Minutes after the start, title, who.
PROGRAMME = [
    (0, "Khai mạc, giới thiệu đại biểu và các điểm cầu", "Ban tổ chức"),
    (15, "Phim giới thiệu na Chi Lăng", ""),
    (30, "Báo cáo tình hình sản xuất và sản lượng", "Sở Nông nghiệp và Phát triển nông thôn tỉnh Lạng Sơn"),
    (60, POINTS_SPEAK, "Các điểm cầu"),
    (150, "Ký kết biên bản ghi nhớ giữa người sản xuất và nhà phân phối", "Hợp tác xã, doanh nghiệp"),
    (195, "Bế mạc", "UBND tỉnh Lạng Sơn"),
]

_HALL_HOSTS = "Sở NN&PTNT Lạng Sơn, VNPT Lạng Sơn"
_HANOI = "Trung tâm trưng bày, giới thiệu, phân phối nông sản thực phẩm an toàn"

#: Kind, name, short name, run by, province, address, latitude, longitude, seats.
POINTS = [
    (
        "venue",
        "Hội trường UBND huyện Chi Lăng",
        "Hội trường Chi Lăng",
        _HALL_HOSTS,
        "Lạng Sơn",
        "Huyện Chi Lăng, Lạng Sơn",
        21.65,
        106.57,
        120,
    ),
    (
        "venue",
        _HANOI,
        "489 Hoàng Quốc Việt",
        "Trung tâm Xúc tiến thương mại nông nghiệp",
        "Hà Nội",
        "Số 489 Hoàng Quốc Việt, Hà Nội",
        21.046,
        105.785,
        60,
    ),
    *(
        (
            "video_room",
            f"Phòng họp trực tuyến VNPT {province}",
            f"VNPT {province}",
            f"VNPT và Sở NN&PTNT {province}",
            province,
            province,
            None,
            None,
            seats,
        )
        for province, seats in [
            ("Bắc Ninh", 20),
            ("Hải Phòng", 24),
            ("Hải Dương", 20),
            ("Hưng Yên", 16),
            ("Nam Định", 16),
            ("Vĩnh Phúc", 3),
            ("Bắc Giang", 24),
            ("Thanh Hóa", 20),
            ("Nghệ An", 20),
        ]
    ),
    ("ecommerce", "Sendo", "", "Sendo (FPT)", None, "", None, None, None),
    ("ecommerce", "Voso", "", "Voso (Viettel Post)", None, "", None, None, None),
    ("ecommerce", "Tiki – BigC/GO", "", "Tiki, Central Retail", None, "", None, None, None),
    ("ecommerce", "Postmart", "", "Postmart (VNPost)", None, "", None, None, None),
]

#: Invented: kind, organisation, delegate, position, index of the point. Numbers and addresses are examples.
PEOPLE = [
    ("cooperative", "HTX Na Ví Dụ Đồng Mỏ", "Hoàng Văn Ví", "Giám đốc", 0),
    ("household", "Hộ sản xuất Nông Thị Mẫu", "Nông Thị Mẫu", "Chủ hộ", 0),
    ("agency", "Phòng Nông nghiệp (ví dụ)", "Vi Văn Thử", "Trưởng phòng", 0),
    ("press", "Báo Ví Dụ", "Lê Thu Thí", "Phóng viên", 0),
    ("retail", "Siêu thị Mẫu Hà Nội", "Nguyễn Thị Ví", "Trưởng phòng thu mua", 1),
    ("business", "Công ty Trái cây Thử Nghiệm", "Trần Quốc Mẫu", "Phó giám đốc", 1),
    ("retail", "Chuỗi cửa hàng Nông sản Ví Dụ", "Phạm Minh Thử", "Giám đốc", 1),
    ("business", "Công ty Phân phối Mẫu Bắc Ninh", "Đỗ Thị Ví", "Giám đốc", 2),
    ("retail", "Siêu thị Thử Hải Phòng", "Vũ Văn Mẫu", "Quản lý ngành hàng", 3),
    ("business", "Công ty Rau quả Ví Dụ Hải Dương", "Bùi Thị Thử", "Kế toán trưởng", 4),
    ("business", "Công ty Nông sản Mẫu Vĩnh Phúc", "Đặng Văn Ví", "Giám đốc", 7),
    ("retail", "Cửa hàng Trái cây Thử Vĩnh Yên", "Ngô Thị Mẫu", "Chủ cửa hàng", 7),
    ("cooperative", "HTX Dịch vụ Ví Dụ Tam Đảo", "Dương Văn Thử", "Chủ nhiệm", 7),
    ("business", "Công ty Thực phẩm Mẫu Phúc Yên", "Lý Thị Ví", "Trưởng phòng kinh doanh", 7),
    ("business", "Công ty Xuất nhập khẩu Thử Nghệ An", "Hồ Văn Mẫu", "Giám đốc", 10),
    ("cooperative", "HTX Na Sàn Ví Dụ Chi Lăng", "Hứa Thị Thử", "Phó chủ nhiệm", 11),
    ("cooperative", "HTX Hồi Mẫu Văn Quan", "Lương Văn Ví", "Chủ nhiệm", 14),
]

#: A message to people, still a draft; the placeholders are filled in for each of them.
ANNOUNCEMENT_SUBJECT = "Mang sản phẩm mẫu đến {point_short}"
ANNOUNCEMENT_TEXT = """Kính gửi Ông/Bà {name},

Ban tổ chức {event} kính đề nghị {organisation} mang sản phẩm mẫu đến {point} trước giờ khai mạc 30 phút.

{facts}

Trang cá nhân của Ông/Bà:
{link}

Mọi thắc mắc xin liên hệ: {contact}
"""
ANNOUNCEMENT_SMS = "{event}: de nghi mang san pham mau den {point_short} truoc gio khai mac 30 phut. {link}"

#: What is sold, as announced.
PRODUCTS = ("Na Chi Lăng", "Hoa hồi", "Hồng giòn không hạt", "Rau", "Sản phẩm OCOP khác")
#: What the organiser asks; who keeps seats for their guests at the point in Hà Nội; one of them, invented.
QUESTION = "Đơn vị có mang sản phẩm mẫu để trưng bày không?"
INVITER = "Sở Công Thương tỉnh Lạng Sơn"
INVITATION = "Trân trọng kính mời Quý đơn vị tham dự và kết nối với các nhà vườn na Chi Lăng."
GUEST = ("Vũ Thị Khách Mời", "Trưởng phòng thu mua", "Chuỗi cửa hàng Ví Dụ", "khach.moi@vidu.example")
