"""The conference that is taking place now: all of it is invented."""

NAME = "Hội nghị giao ban trực tuyến về tiêu thụ nông sản (ví dụ)"
SHORT_NAME = "Giao ban nông sản"
SUMMARY = "Hội nghị ví dụ, đang diễn ra: hội trường, phòng họp VNPT các tỉnh và người dự từ thiết bị của mình."

#: Of the organisers; the rooms phone it.
PHONE = "+84900000909"

#: Minutes after the start at which it begins and ends, title, who.
PROGRAMME = [
    (0, 10, "Khai mạc, kiểm tra các điểm cầu", "Ban tổ chức"),
    (10, 30, "Báo cáo tình hình thu hoạch và tiêu thụ", "Chi cục Ví Dụ"),
    (30, 100, "Ý kiến từ các điểm cầu", "Các điểm cầu"),
    (100, 150, "Thảo luận", ""),
    (150, 180, "Kết luận, bế mạc", "Chủ trì hội nghị"),
]

#: Kind, name, short name, province, seats.
POINTS = [
    ("venue", "Hội trường Trung tâm Ví Dụ", "Hội trường", "Lạng Sơn", 80),
    ("venue", "Trung tâm trưng bày Ví Dụ Hà Nội", "Hà Nội", "Hà Nội", 40),
    ("video_room", "Phòng họp trực tuyến VNPT Bắc Ninh (ví dụ)", "VNPT Bắc Ninh", "Bắc Ninh", 20),
    ("video_room", "Phòng họp trực tuyến VNPT Hải Phòng (ví dụ)", "VNPT Hải Phòng", "Hải Phòng", 20),
    ("video_room", "Phòng họp trực tuyến VNPT Hưng Yên (ví dụ)", "VNPT Hưng Yên", "Hưng Yên", 16),
    ("video_room", "Phòng họp trực tuyến VNPT Nghệ An (ví dụ)", "VNPT Nghệ An", "Nghệ An", 20),
    ("ecommerce", "Kênh livestream Chợ Ví Dụ", "Chợ Ví Dụ", "", None),
    ("online", "Trực tuyến cá nhân", "Trực tuyến", "", None),
]

#: Which person of a group is late, counted from 0.
LATE = 2
#: Kind, organisation, index of the point, the people it sends.
GROUPS = [
    ("agency", "Chi cục Ví Dụ Lạng Sơn", 0, ["Hoàng Văn Thử", "Nông Thị Ví", "Vi Văn Mẫu"]),
    ("cooperative", "HTX Na Thử Nghiệm", 0, ["Lương Thị Mẫu", "Hứa Văn Ví"]),
    ("household", "Hộ Triệu Văn Ví Dụ", 0, ["Triệu Văn Ví Dụ"]),
    ("retail", "Siêu thị Thử Nghiệm", 1, ["Nguyễn Thị Mẫu", "Trần Văn Ví", "Phạm Thị Thử"]),
    ("press", "Báo Thử Nghiệm", 1, ["Lê Văn Mẫu"]),
    ("business", "Công ty Phân phối Ví Dụ", 2, ["Đỗ Văn Thử", "Vũ Thị Mẫu", "Ngô Văn Ví"]),
    ("cooperative", "HTX Rau Thử Nghiệm", 2, ["Bùi Thị Ví", "Đặng Văn Mẫu"]),
    ("business", "Công ty Rau quả Mẫu", 3, ["Dương Thị Thử", "Lý Văn Ví"]),
    ("retail", "Cửa hàng Nông sản Mẫu", 4, ["Hồ Thị Mẫu", "Phan Văn Thử"]),
    ("business", "Công ty Xuất khẩu Ví Dụ", 5, ["Võ Thị Ví", "Trịnh Văn Mẫu", "Đinh Thị Thử"]),
    ("business", "Gian hàng Chợ Ví Dụ", 6, ["Mai Văn Thử"]),
    ("other", "Thương nhân Cao Thị Mẫu", 7, ["Cao Thị Mẫu"]),
    ("other", "Ông Tạ Văn Ví", 7, ["Tạ Văn Ví"]),
]
